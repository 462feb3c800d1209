# Two stages: pip and its caches stay behind, and the image holds the environment and the code.
FROM python:3.11-slim AS build
WORKDIR /opt/vigil
RUN python -m venv .venv
# The lock first: the layer with the libraries is built again only when the lock changes.
COPY requirements.lock .
RUN .venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY . .
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable .

FROM python:3.11-slim
# A fixed number, so that the owner of a mounted volume can be set from outside.
RUN useradd --system --uid 10001 --home-dir /var/lib/vigil --create-home vigil
COPY --from=build /opt/vigil /opt/vigil
ENV PATH=/opt/vigil/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER vigil
WORKDIR /var/lib/vigil
VOLUME /var/lib/vigil
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["vigil"]
CMD ["serve", "--help"]
