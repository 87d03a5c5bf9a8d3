"""The measures of a page, in CSS pixels: A4 landscape, at 96 pixels an inch."""

MM = 96 / 25.4
PAGE_WIDTH, PAGE_HEIGHT = 297 * MM, 210 * MM
MARGIN_TOP, MARGIN_SIDE, MARGIN_BOTTOM = 14 * MM, 12 * MM, 11 * MM
# Letters of some fonts stretch their lines: such a last row must not slip to the next page.
SLACK = 5 * MM
WIDTH = int(PAGE_WIDTH - 2 * MARGIN_SIDE)
HEIGHT = int(PAGE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM - SLACK)

TYPE = 28 / 3  # 7 points
LINE = 12
ROW_PADDING = 4  # above a row, and below
INDENT = 4  # before the first cell, and after the last
HEAD_PADDING = 5
HEAD_RULE = 1

TITLE_TYPE, TITLE_LINE, TITLE_GAP = 28, 34, 12
RUNNING_LINE = 22
ABOUT_TYPE, ABOUT_LINE, ABOUT_GAP = 34 / 3, 17, 20
ABOUT_LABEL = 130
EMPTY_LINE = 80
