"""The network of a run, played by one process outside of every sandbox.

Student code reaches any host by http, https and S3, and gets what a :class:`checker.facts.running.World` holds.
"""

from checker.sandbox.gateway.client import Gateway, Serving

__all__ = ["Gateway", "Serving"]
