"""The openai package for Python: the whole answer, the stream, usage, errors, the models."""

import json
import os

import openai

BASE, KEY = os.environ["BASE_URL"], os.environ["SITE_KEY"]
PAGE = [{"role": "user", "content": "How long does standard delivery take?"}]


def client(**headers):
    return openai.OpenAI(base_url=BASE, api_key=KEY, default_headers=headers, max_retries=0)


def error(of, model, messages):
    try:
        of.chat.completions.create(model=model, messages=messages)
    except openai.APIStatusError as e:
        return [e.status_code, e.code]


def usage(u):
    return [u.prompt_tokens, u.completion_tokens, u.total_tokens]


anonymous = client()
raw = anonymous.chat.completions.with_raw_response.create(model="apothecary", messages=PAGE, temperature=0.2)
whole = raw.parse()
named = client(**{"Apothecary-Conversation": raw.headers["apothecary-conversation"]})
again = named.chat.completions.create(
    model="apothecary",
    messages=PAGE + [{"role": "assistant", "content": whole.choices[0].message.content}, {"role": "user", "content": "hello"}],
)
chunks = list(
    named.chat.completions.create(model="apothecary", messages=PAGE, stream=True, stream_options={"include_usage": True})
)
said = [c.choices[0] for c in chunks if c.choices]
assert said[0].delta.role == "assistant"
customers = client(**{"Apothecary-Customer": os.environ["CUSTOMER"]})
order = customers.chat.completions.create(
    model="apothecary", messages=[{"role": "user", "content": [{"type": "text", "text": "where is order 70-00101"}]}]
)
urgent = anonymous.chat.completions.create(
    model="apothecary", messages=[{"role": "user", "content": "I can't breathe and my throat is swelling shut"}]
)
print(
    json.dumps(
        {
            "page": whole.choices[0].message.content,
            "finish": whole.choices[0].finish_reason,
            "usage": usage(whole.usage),
            "pharmacy": whole.pharmacy,
            "conversation": again.pharmacy["conversation"],
            "streamed": "".join(c.delta.content or "" for c in said),
            "stream_finish": said[-1].finish_reason,
            "stream_usage": usage(chunks[-1].usage),
            "stream_pharmacy": chunks[-2].pharmacy,
            "order": order.choices[0].message.content,
            "emergency": urgent.choices[0].message.content,
            "refused": error(anonymous, "gpt-4o", PAGE),
            "stranger": error(client(**{"Apothecary-Customer": "nonsense"}), "apothecary", PAGE),
            "models": [m.id for m in anonymous.models.list()],
        }
    )
)
