# The program and its gateway, without what builds them: docs/container.md says how it is run.
FROM python:3.11-slim-bookworm AS build
COPY . /source
# A virtual environment that is whole, so that the next stage copies one folder.
RUN python -m venv /renai \
    && /renai/bin/pip install --no-cache-dir "/source[gateway,redis,postgres,images,web]" \
    && find /renai -name __pycache__ -prune -exec rm -r {} +

FROM python:3.11-slim-bookworm
COPY --from=build /renai /renai
COPY packages/container_health.py /
# What it keeps lies in one volume, and documents in another one; the user nobody may write nowhere else.
RUN install -d -o 65534 -g 65534 /data /documents
ENV PATH=/renai/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    XDG_CACHE_HOME=/data/cache \
    XDG_CONFIG_HOME=/data/config \
    XDG_STATE_HOME=/data/state \
    XDG_DATA_HOME=/data/share
USER 65534:65534
WORKDIR /documents
VOLUME ["/data", "/documents"]
EXPOSE 4000
# RENAI_HEALTH_URL says what is asked instead. A command that serves nothing is started with --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "/container_health.py"]
ENTRYPOINT ["renai"]
CMD ["--help"]
