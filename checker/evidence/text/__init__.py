"""Text of a submission, read within bounds: lines as each tool counts them, encodings, and JSON."""
