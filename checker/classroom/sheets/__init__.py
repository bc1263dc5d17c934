"""Tables that other programs write and read: text with delimiters, and Excel workbooks."""
