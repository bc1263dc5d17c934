"""Static reading of Python source: its syntax, its statements, its functions, and its power to tamper."""
