"""Trees and maps of documents, from a matrix of their distances.

`quartet_tree` finds the tree of least quartet cost, and `neighbor_joining` and `upgma` join two
clusters at a time; `document_map` puts documents on a plane.

Examples
--------
>>> from compressclf import pairwise_distances
>>> texts = ["to be or not to be", "to be or to be", "oh what a rogue", "oh what a slave"]
>>> quartet_tree(pairwise_distances(texts), names="abcd").newick()
'(a,b,(c,d));'
"""

from compressclf.trees.drawing import draw_tree, tree_text
from compressclf.trees.joining import neighbor_joining, upgma
from compressclf.trees.maps import DocumentMap, document_map, draw_map
from compressclf.trees.search import quartet_tree
from compressclf.trees.tree import Tree, check_size

__all__ = [
    "DocumentMap",
    "Tree",
    "check_size",
    "document_map",
    "draw_map",
    "draw_tree",
    "neighbor_joining",
    "quartet_tree",
    "tree_text",
    "upgma",
]
