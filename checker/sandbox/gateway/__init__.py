"""The simulated network of a run, served by one process outside of every sandbox.

Student code reaches any host by http, https and S3, and receives the files of a :class:`checker.facts.job.ServedData`.
"""

from checker.sandbox.gateway.client import Gateway, Serving

__all__ = ["Gateway", "Serving"]
