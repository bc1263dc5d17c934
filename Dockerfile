# The instructor's grading image: the checker with all that it grades with, at the versions of uv.lock.
#
#     docker build -t titanic-checker .
#     docker run --rm --security-opt seccomp=unconfined --security-opt systempaths=unconfined \
#         -v "$PWD":/submission:ro titanic-checker check
#
# What the two options allow, and what mounting the Docker socket means, is said in SECURITY.md.
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
# Only for a network that looks into https: the file of the authorities that this image trusts.
ARG SSL_CERT_FILE
ENV UV_PROJECT_ENVIRONMENT=/opt/checker \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY pyproject.toml uv.lock ./
# uv, too, at the version of the lock
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir --disable-pip-version-check \
    "uv==$(sed -n '/^name = "uv"$/{n;s/^version = "\(.*\)"$/\1/p}' uv.lock)"
RUN /opt/uv/bin/uv sync --locked --no-cache --no-dev --extra images --extra environments --extra class \
    --no-install-project --python "$(command -v python)"
COPY README.md LICENSE cookiecutter.json hatch_build.py ./
COPY hooks hooks
COPY checker checker
COPY {{cookiecutter.project_slug}} {{cookiecutter.project_slug}}
RUN /opt/uv/bin/uv sync --locked --no-cache --no-dev --extra images --extra environments --extra class \
    --no-editable --python "$(command -v python)"

FROM ${BASE}
LABEL org.opencontainers.image.title="titanic-checker" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --create-home --uid 1000 grader
COPY --from=build /opt/checker /opt/checker
ENV PATH=/opt/checker/bin:$PATH
USER grader
WORKDIR /submission
HEALTHCHECK --interval=10m --timeout=2m --start-period=1m CMD ["checker", "doctor"]
ENTRYPOINT ["checker"]
CMD ["--help"]
