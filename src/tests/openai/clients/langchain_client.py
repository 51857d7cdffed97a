"""LangChain's ChatOpenAI: the whole answer, the stream, usage, errors."""

import json
import os

import openai
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI

PAGE = "How long does standard delivery take?"


def model(name="apothecary", **headers):
    return ChatOpenAI(
        model=name,
        base_url=os.environ["BASE_URL"],
        api_key=os.environ["SITE_KEY"],
        default_headers=headers,
        max_retries=0,
        stream_usage=True,
    )


def error(of):
    try:
        of.invoke(PAGE)
    except openai.APIStatusError as e:
        return [e.status_code, e.code]


def usage(u):
    return [u["input_tokens"], u["output_tokens"], u["total_tokens"]]


whole = model().invoke([SystemMessage("You are a poet."), HumanMessage(PAGE)])
streamed = None
for chunk in model().stream(PAGE):
    streamed = chunk if streamed is None else streamed + chunk
customers = model(**{"Apothecary-Customer": os.environ["CUSTOMER"]})
history = [HumanMessage("hello"), AIMessage("Hello, how can I help?"), HumanMessage("where is order 70-00101")]
print(
    json.dumps(
        {
            "page": whole.content,
            "finish": whole.response_metadata["finish_reason"],
            "usage": usage(whole.usage_metadata),
            "streamed": streamed.content,
            "stream_finish": streamed.response_metadata["finish_reason"],
            "stream_usage": usage(streamed.usage_metadata),
            "order": customers.invoke(history).content,
            "emergency": model().invoke("I can't breathe and my throat is swelling shut").content,
            "refused": error(model("gpt-4o")),
            "stranger": error(model(**{"Apothecary-Customer": "nonsense"})),
        }
    )
)
