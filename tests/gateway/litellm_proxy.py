"""LiteLLM's proxy as a gateway that the tests can judge, with its cache and as strict as it gets.

    GATEWAY="LITELLM/bin/python tests/gateway/litellm_proxy.py \
        --redis redis://127.0.0.1:6379/0 --upstream {upstream} --port {port} --cache-url {cache}"
    GATEWAY_HEALTH=/health/liveliness

`LITELLM` is an environment with `pip install 'litellm[proxy]'` in it. Its cache is in Redis, since
the one in memory holds 200 vectors: in that of the cache's URL, or else in the one named. It tries
nothing again, and lets no model rest. Options of renai's gateway are passed over.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit


def configuration(upstream: str, redis: str) -> dict[str, object]:
    """Return what goes into its file of settings."""
    kept = urlsplit(redis)
    place = {"type": "redis", "host": kept.hostname, "port": kept.port}
    return {
        "model_list": [
            {
                "model_name": "*",
                "litellm_params": {
                    "model": "openai/*",
                    "api_base": upstream,
                    "api_key": "sk-its",
                    "allowed_openai_params": ["dimensions", "user", "encoding_format"],
                },
            }
        ],
        "litellm_settings": {
            "cache": True,
            "cache_params": place,
            "num_retries": 0,
            "drop_params": False,
            "telemetry": False,
        },
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {
            "dangerously_permit_weak_or_unset_master_key": True,
            "forward_client_headers_to_llm_api": True,
        },
    }


def main() -> None:
    """Become the proxy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port", required=True)
    parser.add_argument("--cache-url", required=True)
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    options, _ = parser.parse_known_args()
    redis = options.cache_url if options.cache_url.startswith("redis:") else options.redis
    settings = Path("litellm.yaml")
    # JSON is YAML.
    settings.write_text(json.dumps(configuration(options.upstream, redis)))
    program = Path(sys.executable).with_name("litellm")
    words = ["--config", str(settings), "--host", "127.0.0.1", "--port", options.port]
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would be fetched
    os.execv(program, [str(program), *words])


if __name__ == "__main__":
    main()
