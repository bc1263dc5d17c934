"""The Dockerfile, the image that it makes and the container's run."""
