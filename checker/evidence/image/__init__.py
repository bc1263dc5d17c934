"""The Docker image: its Dockerfile, parsed and simulated, and the image as an engine builds and runs it."""
