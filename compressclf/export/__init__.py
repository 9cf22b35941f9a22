"""Export a classifier of texts as one HTML page that classifies in the browser.

`live_page` packs the features of a fitted `blocks` model into the page (`packing`), which then
needs no network, no server and no Python. To fit a size, bits are rounded and, if need be, rare
features left out; `scoring` computes the scores of the packed model, so that the loss is measured
and stated.
"""

from compressclf.export.page import LARGEST, LivePage, Loss, check_exports, live_page

__all__ = ["LARGEST", "LivePage", "Loss", "check_exports", "live_page"]
