"""What is known of every embedder of Haystack's integrations: the table behind `test_matrix.py`.

Every parameter of every class is judged: it shapes vectors, or it cannot. The value beside its name
is one to try, other than the default. A parameter that is in none of these tables fails the test,
and is judged by whoever reads what it does.
"""

from __future__ import annotations

from typing import Any

from haystack.utils import ComponentDevice, Secret

from judging import Beside, Embedder

TOKEN = Secret.from_token("another")
FIELDS = {"meta_fields_to_embed": ["title"]}


SHAPES: dict[str, Any] = {
    "api_base_url": "http://gateway:8000/v1",
    "base_url": "http://gateway:8000/v1",
    "config_kwargs": {"a": 1},
    "dimensions": 64,
    "embedding_dimension": 64,
    "embedding_separator": Beside(" | ", FIELDS),
    "encode_kwargs": {"prompt_name": "passage"},
    "encoding_format": "base64",
    "image_size": (64, 64),
    "meta_fields_to_embed": ["title"],
    "model": "another-model",
    "model_kwargs": {"a": 1},
    "prefix": "passage: ",
    "suffix": " .",
    "tokenizer_kwargs": {"model_max_length": 64},
    "truncate": "START",
    "output_dimension": 64,
    "output_dtype": "int8",
    "input_type": "query",
    "task": "classification",
    "backend": "onnx",
    "normalize_embeddings": True,
    "precision": "binary",
    "quantization_ranges": [[-1.0], [1.0]],
    "truncate_dim": 64,
    "revision": None,  # what the user says goes before it; see test_weights.py
    "trust_remote_code": True,
}
"""Parameters that shape vectors."""

HARMLESS: dict[str, Any] = {
    "api_key": TOKEN,
    "aws_access_key_id": TOKEN,
    "aws_secret_access_key": TOKEN,
    "aws_session_token": TOKEN,
    "aws_profile_name": TOKEN,
    "azure_ad_token": TOKEN,
    "azure_ad_token_provider": len,
    "batch_size": 7,
    "boto3_config": {"retries": {"max_attempts": 2}},
    "cache_dir": "elsewhere",
    "concurrency_limit": 9,
    "device": ComponentDevice.from_str("cuda:0"),
    "file_path_meta_field": "path",
    "http_client_kwargs": {"proxy": "http://proxy:3128", "headers": {"X-Api-Key": "k"}},
    "keep_alive": 5.0,
    "local_files_only": True,
    "max_retries": 9,
    "organization": "we",
    "parallel": 2,
    "progress_bar": False,
    "raise_on_failure": True,
    "root_path": "/elsewhere",
    "threads": 2,
    "timeout": 3,
    "token": TOKEN,
    "working_dir": "elsewhere",
}
"""Parameters that cannot shape a vector; the path of a file does not, its bytes are in the key."""

GATEWAY = {"http_client_kwargs": {"headers": {"X-Provider": "b"}}}
REGION = Secret.from_env_var("OTHER_REGION")
BEDROCK = {"model": "cohere.embed-english-v3"}
BEDROCK_SHAPES = {
    "model": "amazon.titan-embed-text-v2:0",
    "aws_region_name": "eu-west-3",
    "boto3_config": {"region_name": "eu-west-3"},
    "kwargs": {"truncate": "START"},
}
GOOGLE = {
    "api": "vertex",
    "config": {"output_dimensionality": 64},
    "vertex_ai_location": "europe-west4",
    "vertex_ai_project": "ours",
}
OPENAI_ENVIRONMENT = {
    "OPENAI_BASE_URL": "http://gateway:8000/v1",
    "OPENAI_CUSTOM_HEADERS": "X-Provider: b",
}
GOOGLE_ENVIRONMENT = {
    "GOOGLE_GEMINI_BASE_URL": "http://gateway",
    "GOOGLE_GENAI_USE_VERTEXAI": "true",
}
AWS_ENVIRONMENT = {
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://gateway",
    "AWS_ENDPOINT_URL": "http://gateway",
    "AWS_DEFAULT_REGION": "eu-west-3",
}
OPENAI_SAME = {
    "api_base_url": "https://API.openai.com/v1/",
    "dimensions": 1536,
    "embedding_separator": " | ",
}
OLLAMA = {
    "url": "http://gateway:11434",
    "generation_kwargs": {"num_ctx": 64},
}
TEI = {"headers": {"X-Route": "b"}, "use_grpc": None}  # None: not tried, it needs an extra
HF = {"model": "org/model"}

GIVEN_UP = {
    *("GradientDocumentEmbedder", "GradientTextEmbedder"),
    *("InstructorDocumentEmbedder", "InstructorTextEmbedder"),
    *("VertexAIDocumentEmbedder", "VertexAITextEmbedder"),
}
"""Embedders whose makers gave them up; they are not tried."""


def of(package: str, module: str, *classes: tuple[str, dict[str, Any]]) -> list[Embedder]:
    full = module if "." in module else f"haystack_integrations.components.embedders.{module}"
    return [Embedder(name, package, full, **more) for name, more in classes]


def both(
    document: str, text: str, document_only: dict[str, Any] | None = None, **more: Any
) -> list[tuple[str, dict[str, Any]]]:
    """Return the rows of a document embedder and the text embedder beside it, which are alike."""
    return [(document, {**more, **(document_only or {})}), (text, more)]


EMBEDDERS = [
    *of(
        "haystack-ai",
        "haystack.components.embedders",
        (
            "OpenAIDocumentEmbedder",
            {
                "shapes": GATEWAY,
                "same": OPENAI_SAME,
                "environment": OPENAI_ENVIRONMENT,
                "why": "by name and endpoint",
            },
        ),
        (
            "OpenAITextEmbedder",
            {
                "shapes": GATEWAY,
                "same": {it: OPENAI_SAME[it] for it in ("api_base_url", "dimensions")},
                "environment": OPENAI_ENVIRONMENT,
                "why": "by name and endpoint",
            },
        ),
        *both(
            "AzureOpenAIDocumentEmbedder",
            "AzureOpenAITextEmbedder",
            given={"azure_endpoint": "https://ours.openai.azure.com"},
            shapes={
                "azure_endpoint": "https://theirs.openai.azure.com",
                "azure_deployment": "theirs",
                "api_version": "2026-01-01",
                "default_headers": {"X-Route": "b"},
            },
            same={
                "azure_endpoint": "https://ours.openai.azure.com/",
                "default_headers": {"api-key": "k"},
            },
            why="by deployment and endpoint",
        ),
        *both(
            "MockDocumentEmbedder",
            "MockTextEmbedder",
            shapes={"embedding": [1.0, 2.0], "dimension": 4, "meta": {"a": 1}},
            harmless={"embedding_fn": None},
            why="a test double; an `embedding_fn` of one's own needs `revision=`",
        ),
    ),
    *of(
        "sentence-transformers-haystack",
        "sentence_transformers",
        *both(
            "SentenceTransformersDocumentEmbedder",
            "SentenceTransformersTextEmbedder",
            given=HF,
            revision=True,
            why="by the weights; integer precision needs `quantization_ranges`",
        ),
        *both(
            "SentenceTransformersSparseDocumentEmbedder",
            "SentenceTransformersSparseTextEmbedder",
            given=HF,
            revision=True,
            why="by the weights",
        ),
        (
            "SentenceTransformersDocumentImageEmbedder",
            {"given": HF, "revision": True, "why": "by the weights and the file's bytes"},
        ),
    ),
    *of(
        "fastembed-haystack",
        "fastembed",
        *both(
            "FastembedDocumentEmbedder",
            "FastembedTextEmbedder",
            revision=True,
            why="by the weights",
        ),
        *both(
            "FastembedSparseDocumentEmbedder",
            "FastembedSparseTextEmbedder",
            revision=True,
            why="by the weights",
        ),
    ),
    *of(
        "optimum-haystack",
        "optimum",
        *both(
            "OptimumDocumentEmbedder",
            "OptimumTextEmbedder",
            given={**HF, "pooling_mode": "mean"},
            shapes={
                "normalize_embeddings": False,
                "onnx_execution_provider": "CUDAExecutionProvider",
                "pooling_mode": "cls",
                "optimizer_settings": None,
                "quantizer_settings": None,
            },
            revision=True,
            why="by the weights",
        ),
    ),
    *of(
        "amazon-bedrock-haystack",
        "amazon_bedrock",
        *both(
            "AmazonBedrockDocumentEmbedder",
            "AmazonBedrockTextEmbedder",
            given=BEDROCK,
            shapes=BEDROCK_SHAPES,
            environment=AWS_ENVIRONMENT,
            why="by name, region and endpoint",
        ),
        (
            "AmazonBedrockDocumentImageEmbedder",
            {
                "given": {"model": "cohere.embed-v4:0"},
                "shapes": {
                    **BEDROCK_SHAPES,
                    "include_content": True,
                    "kwargs": {"embedding_types": ["int8"]},
                },
                "environment": AWS_ENVIRONMENT,
                "why": "with content and meta fields where it reads them",
            },
        ),
    ),
    *of(
        "cohere-haystack",
        "cohere",
        *both(
            "CohereDocumentEmbedder",
            "CohereTextEmbedder",
            {"shapes": {"input_type": "clustering", "embedding_type": None}},
            shapes={"input_type": "clustering", "embedding_type": None},
            same={"api_base_url": "https://api.cohere.com/"},
            why="by name and endpoint",
        ),
        (
            "CohereDocumentImageEmbedder",
            {"shapes": {"embedding_type": None}, "why": "by name, endpoint and the file's bytes"},
        ),
    ),
    *of(
        "google-genai-haystack",
        "google_genai",
        *both(
            "GoogleGenAIDocumentEmbedder",
            "GoogleGenAITextEmbedder",
            shapes=GOOGLE,
            environment=GOOGLE_ENVIRONMENT,
            why="by name and endpoint, also one from `GOOGLE_GEMINI_BASE_URL`",
        ),
        (
            "GoogleGenAIMultimodalDocumentEmbedder",
            {
                "shapes": GOOGLE,
                "environment": GOOGLE_ENVIRONMENT,
                "why": "by name, endpoint and the file's bytes",
            },
        ),
    ),
    *of(
        "huggingface-api-haystack",
        "huggingface_api",
        *both(
            "HuggingFaceAPIDocumentEmbedder",
            "HuggingFaceAPITextEmbedder",
            given={
                "api_type": "text_embeddings_inference",
                "api_params": {"url": "http://localhost:8080"},
            },
            shapes={
                "api_params": {"url": "http://localhost:9090"},
                "api_type": "inference_endpoints",
                "truncate": False,
                "normalize": True,
                "use_grpc": None,
            },
            why="by the endpoint, which alone knows its model: give `revision=`",
        ),
        *both(
            "HuggingFaceTEISparseDocumentEmbedder",
            "HuggingFaceTEISparseTextEmbedder",
            shapes=TEI,
            same={"headers": {"Authorization": "Bearer k"}},
            why="by the endpoint, which alone knows its model: give `revision=`",
        ),
    ),
    *of(
        "isaacus-haystack",
        "isaacus",
        (
            "IsaacusDocumentEmbedder",
            {"refused": "does not show its base_url", "why": "hides its `base_url`"},
        ),
        (
            "IsaacusTextEmbedder",
            {"refused": "does not show its base_url", "why": "hides its `base_url`"},
        ),
    ),
    *of(
        "jina-haystack",
        "jina",
        *both(
            "JinaDocumentEmbedder",
            "JinaTextEmbedder",
            shapes={"late_chunking": "refused"},
            same={"dimensions": 1024},
            why="by name and endpoint; `late_chunking` is refused",
        ),
        ("JinaDocumentImageEmbedder", {"why": "by name, endpoint and the file's bytes"}),
    ),
    *of(
        "mistral-haystack",
        "mistral",
        *both(
            "MistralDocumentEmbedder",
            "MistralTextEmbedder",
            shapes=GATEWAY,
            same={"api_base_url": "https://api.mistral.ai/v1/"},
            why="by name and endpoint",
        ),
    ),
    *of(
        "mixedbread-ai-haystack",
        "mixedbread_ai_haystack.embedders",
        (
            "MixedbreadDocumentEmbedder",
            {
                "refused": "does not say what it reads",
                "runtime": frozenset({"prompt"}),
                "why": "does not say what it reads; with `key=` it is accepted",
            },
        ),
        (
            "MixedbreadTextEmbedder",
            {
                "shapes": {"normalized": False, "prompt": "Represent: "},
                "environment": {"MIXEDBREAD_BASE_URL": "http://gateway"},
                "runtime": frozenset({"prompt"}),
                "why": "by name and endpoint",
            },
        ),
    ),
    *of(
        "nvidia-haystack",
        "nvidia",
        *both(
            "NvidiaDocumentEmbedder",
            "NvidiaTextEmbedder",
            given={"model": "nvidia/nv-embedqa-e5-v5"},
            shapes={"api_url": "http://localhost:9999/v1"},
            same={"api_url": "https://integrate.api.nvidia.com/v1/"},
            why="without a `model`, warmed up first: it learns it from its server",
        ),
    ),
    *of(
        "ollama-haystack",
        "ollama",
        *both(
            "OllamaDocumentEmbedder",
            "OllamaTextEmbedder",
            shapes=OLLAMA,
            same={"url": "http://localhost:11434/"},
            runtime=frozenset({"generation_kwargs"}),
            why="by name and endpoint; `generation_kwargs` at its making, not at `run`",
        ),
    ),
    *of(
        "perplexity-haystack",
        "perplexity",
        *both(
            "PerplexityDocumentEmbedder",
            "PerplexityTextEmbedder",
            shapes={**GATEWAY, "encoding_format": "base64_binary"},
            why="by name and endpoint",
        ),
    ),
    *of(
        "stackit-haystack",
        "stackit",
        *both(
            "STACKITDocumentEmbedder",
            "STACKITTextEmbedder",
            given={"model": "a-model"},
            shapes=GATEWAY,
            why="by name and endpoint",
        ),
    ),
    *of(
        "edenai-haystack",
        "edenai",
        *both(
            "EdenAIDocumentEmbedder",
            "EdenAITextEmbedder",
            shapes=GATEWAY,
            why="by name and endpoint",
        ),
    ),
    *of(
        "twelvelabs-haystack",
        "twelvelabs",
        *both(
            "TwelveLabsDocumentEmbedder",
            "TwelveLabsTextEmbedder",
            environment={"TWELVELABS_BASE_URL": "http://gateway"},
            why="by name and endpoint",
        ),
    ),
    *of(
        "vllm-haystack",
        "vllm",
        *both(
            "VLLMDocumentEmbedder",
            "VLLMTextEmbedder",
            given={"model": "a-model"},
            shapes={**GATEWAY, "extra_parameters": {"truncate_prompt_tokens": 64}},
            same={"api_base_url": "http://localhost:8000/v1/"},
            why="by name and endpoint",
        ),
    ),
    *of(
        "voyage-embedders-haystack",
        "voyage_embedders",
        *both(
            "VoyageDocumentEmbedder",
            "VoyageTextEmbedder",
            {
                "shapes": {
                    "truncate": False,
                    "metadata_fields_to_embed": ["title"],
                    "embedding_separator": Beside(" | ", {"metadata_fields_to_embed": ["title"]}),
                },
                "same": {"output_dimension": 1024, "embedding_separator": " | "},
            },
            given={"model": "voyage-4"},
            shapes={"truncate": False},
            same={"output_dimension": 1024},
            why="by name and endpoint",
        ),
        (
            "VoyageContextualizedDocumentEmbedder",
            {
                "refused": "in the context of its neighbours",
                "why": "a text's vector depends on its neighbours",
            },
        ),
        (
            "VoyageMultimodalEmbedder",
            {
                "refused": "wraps an embedder that takes documents",
                "why": "takes neither documents nor a text",
            },
        ),
    ),
    *of(
        "watsonx-haystack",
        "watsonx",
        *both(
            "WatsonxDocumentEmbedder",
            "WatsonxTextEmbedder",
            given={"project_id": Secret.from_env_var("A_PROJECT")},
            shapes={
                "project_id": REGION,
                "truncate_input_tokens": 64,
            },
            why="by name and endpoint",
        ),
    ),
]
