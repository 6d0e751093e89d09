"""Ask models through the OpenAI Chat Completions protocol."""
