"""The report of a run as one HTML file: scores, charts, explained documents, all predictions."""

from compressclf.reports.html.page import MOST_ROWS, Report, render_report

__all__ = ["MOST_ROWS", "Report", "render_report"]
