// A script in another language: the base URL and the key stand in its environment.
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });
const answer = await client.embeddings.create({ model: process.argv[2], input: ["a", "b", "a"] });
console.log(JSON.stringify(answer.data.map((row) => row.embedding)));
