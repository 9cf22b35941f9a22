"""Reports as one HTML file each: a run with its scores and explained documents, and an audit."""

from compressclf.reports.html.audit import render_audit
from compressclf.reports.html.page import MOST_ROWS, Report, render_report

__all__ = ["MOST_ROWS", "Report", "render_audit", "render_report"]
