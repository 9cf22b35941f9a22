"""Audit a data set before it is trusted: leaks, copies, wrong labels, and what distorts distances.

`audit` makes all checks. Each is a `Finding`: one sentence that says what it means for these data,
the numbers behind it, and the documents that it concerns.
"""

from compressclf.reports.audit.checks import Audit, audit
from compressclf.reports.audit.finding import Finding

__all__ = ["Audit", "Finding", "audit"]
