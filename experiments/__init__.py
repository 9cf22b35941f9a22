"""Runnable studies: methods measured on data sets, and tables and plots of the records.

Installed as ``compressclf.experiments``; ``compressclf experiment`` runs it. README.md in this
folder explains how to add a study, a method, a protocol and a rendering.

=================  ===========================================================================
module             what it holds
=================  ===========================================================================
``studies/``       one TOML file per study
``study.py``       reads them: a study is a list of cells and a list of renderings
``cells.py``       a cell: protocol, data set, method, seed, parameters
``protocols/``     how a cell is measured, one file each
``methods/``       what is measured: class models, kNN, trained baselines
``runner.py``      measures the cells that have no record yet, each in its own processes
``records.py``     one line of JSON per cell
``renderings/``    tables and plots of records, one file each
``view.py``        the records that a table or plot is rendered from
``report.py``      writes a study's report and the marked tables of the documents
``statistics.py``  paired tests, intervals, ranks; ``powerlaw.py``: fits against size
=================  ===========================================================================
"""
