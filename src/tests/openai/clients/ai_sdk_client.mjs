// The Vercel AI SDK with its provider for OpenAI-compatible servers: the whole answer, the stream, usage, errors.
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.NODE_PATH}/`);
const { generateText, streamText } = require('ai');
const { createOpenAICompatible } = require('@ai-sdk/openai-compatible');
const { BASE_URL: baseURL, SITE_KEY: apiKey, CUSTOMER } = process.env;
const provider = (headers = {}) =>
  createOpenAICompatible({ name: 'pharmacy', baseURL, apiKey, headers, includeUsage: true });
const prompt = 'How long does standard delivery take?';
const ask = (of, text, name = 'apothecary') => generateText({ model: of(name), prompt: text, maxRetries: 0 });
const usage = (u) => [u.inputTokens, u.outputTokens, u.totalTokens];
const error = (of, name) =>
  ask(of, prompt, name).then(
    () => null,
    (e) => [e.statusCode, JSON.parse(e.responseBody).error.code],
  );

const anonymous = provider();
const customers = provider({ 'Apothecary-Customer': CUSTOMER });
const whole = await ask(anonymous, prompt);
const stream = streamText({ model: anonymous('apothecary'), prompt, maxRetries: 0 });
let streamed = '';
for await (const part of stream.textStream) streamed += part;
const urgent = await ask(anonymous, "I can't breathe and my throat is swelling shut");
console.log(
  JSON.stringify({
    page: whole.text,
    finish: whole.finishReason,
    usage: usage(whole.usage),
    streamed,
    stream_finish: await stream.finishReason,
    stream_usage: usage(await stream.usage),
    order: (await ask(customers, 'where is order 70-00101')).text,
    emergency: urgent.text,
    refused: await error(anonymous, 'gpt-4o'),
    stranger: await error(provider({ 'Apothecary-Customer': 'nonsense' })),
  }),
);
