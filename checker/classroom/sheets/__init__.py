"""Tables of other programs, read and written: text with delimiters, and Excel workbooks."""
