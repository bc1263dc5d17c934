"""The probes: each gives one type of fact and no verdict. Only probes use the sandbox."""
