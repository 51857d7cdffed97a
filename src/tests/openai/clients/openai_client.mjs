// The openai package for Node: the whole answer, the stream, usage, errors, the models.
import { createRequire } from 'node:module';

const { OpenAI } = createRequire(`${process.env.NODE_PATH}/`)('openai');
const { BASE_URL: baseURL, SITE_KEY: apiKey, CUSTOMER } = process.env;
const client = (defaultHeaders = {}) => new OpenAI({ baseURL, apiKey, defaultHeaders, maxRetries: 0 });
const user = (content) => [{ role: 'user', content }];
const model = 'apothecary';
const page = user('How long does standard delivery take?');
const usage = (u) => [u.prompt_tokens, u.completion_tokens, u.total_tokens];
const error = (of, name) =>
  of.chat.completions.create({ model: name, messages: page }).then(
    () => null,
    (e) => [e.status, e.code],
  );

const anonymous = client();
const whole = await anonymous.chat.completions.create({ model, messages: page, max_tokens: 50 });
const stream = await anonymous.chat.completions.create({
  model,
  messages: page,
  stream: true,
  stream_options: { include_usage: true },
});
const chunks = [];
for await (const chunk of stream) chunks.push(chunk);
const said = chunks.flatMap((c) => c.choices);
const customers = client({ 'Apothecary-Customer': CUSTOMER });
const order = await customers.chat.completions.create({ model, messages: user('where is order 70-00101') });
const urgent = await anonymous.chat.completions.create({
  model,
  messages: user("I can't breathe and my throat is swelling shut"),
});
const models = [];
for await (const one of anonymous.models.list()) models.push(one.id);
console.log(
  JSON.stringify({
    page: whole.choices[0].message.content,
    finish: whole.choices[0].finish_reason,
    usage: usage(whole.usage),
    pharmacy: whole.pharmacy,
    streamed: said.map((c) => c.delta.content ?? '').join(''),
    stream_finish: said.at(-1).finish_reason,
    stream_usage: usage(chunks.at(-1).usage),
    stream_pharmacy: chunks.at(-2).pharmacy,
    order: order.choices[0].message.content,
    emergency: urgent.choices[0].message.content,
    refused: await error(anonymous, 'gpt-4o'),
    stranger: await error(client({ 'Apothecary-Customer': 'nonsense' }), model),
    models,
  }),
);
