# Two stages: the first builds a virtual environment, the second carries it, without compilers and not as root.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY pyproject.toml constraints.txt README.md config.toml ./
COPY docs ./docs
COPY sync ./sync
COPY storage ./storage
RUN python3 -m venv /opt/trialdelta \
 && /opt/trialdelta/bin/python -m pip install --constraint constraints.txt '.[parquet,postgres]'

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/trialdelta --create-home trialdelta
COPY --from=build /opt/trialdelta /opt/trialdelta
COPY --chown=root:root config.toml /etc/trialdelta/config.toml
ENV PATH=/opt/trialdelta/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TRIALDELTA_CONFIG=/etc/trialdelta/config.toml \
    TRIALDELTA_DATABASE__URL=sqlite:////var/lib/trialdelta/trialdelta.db
USER trialdelta
WORKDIR /var/lib/trialdelta
VOLUME /var/lib/trialdelta
EXPOSE 8470
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=15s --start-period=90s --retries=3 CMD ["trialdelta", "healthcheck"]
ENTRYPOINT ["trialdelta"]
CMD ["run"]
