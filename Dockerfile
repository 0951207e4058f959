# Built in one stage and run in another, so that pip's leftovers stay behind.
# The digest names the base image for good; a tag can be moved.
FROM python:3.11.11-slim-bookworm@sha256:081075da77b2b55c23c088251026fb69a7b2bf92471e491ff5fd75c192fd38e5 AS base

FROM base AS build
RUN python -m venv /opt/sluice
COPY requirements.txt /src/
RUN /opt/sluice/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /src/requirements.txt

FROM base
RUN useradd --system --uid 10001 --home-dir /data --create-home sluice
COPY --from=build /opt/sluice /opt/sluice
COPY bot /app/bot
COPY handlers /app/handlers
ENV PATH=/opt/sluice/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 SLUICE_DATA_DIR=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 3000
# The probe says whether the process lives; /readyz says whether it can work, which a restart would not mend.
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen('http://127.0.0.1:%s/healthz' % os.environ.get('SLUICE_PORT', 3000), timeout=2)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]
