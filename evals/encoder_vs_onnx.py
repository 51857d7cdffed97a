"""Our encoder beside ONNX Runtime on the same machine, turn by turn, so that a noisy neighbour troubles both alike.

Usage: python3 evals/encoder_vs_onnx.py ONNX_DIR [--rounds 15] [--passes 40] [--threads 2] [--json FILE]

ONNX_DIR holds minilm.onnx and minilm.int8.onnx (fp32 and dynamic int8) of all-MiniLM-L6-v2, as the peer baseline
`python3 ../shared/bench/ort_minilm.py MODEL_DIR ONNX_DIR` writes them. Needs onnxruntime, and `cargo build --release`
before. A round times every shape in turn: so many passes of ours, as many of each of theirs. Printed are the medians over all passes and, of the ratios within each round, the median and the
middle half. Their pass ends at the hidden states; ours goes on to pooling and both heads.
"""
import argparse, json, os, statistics as st, subprocess, sys, time

SHAPES = [(1, 8), (1, 16), (1, 32), (1, 64), (1, 128), (8, 32), (1, 512)]


def theirs(path, threads):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def feed(texts, tokens):
    import numpy as np

    ids = np.array([[1000 + (t * 31 + a * 97) % 20000 for a in range(tokens)] for t in range(texts)], np.int64)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "position_ids": np.arange(tokens)}


def run(session, inputs, passes):
    for _ in range(5):
        session.run(None, inputs)
    out = []
    for _ in range(passes):
        start = time.perf_counter()
        session.run(None, inputs)
        out.append((time.perf_counter() - start) * 1e3)
    return out


class Ours:
    def __init__(self, binary):
        if not os.path.exists(binary):
            sys.exit(f"error: there is no {binary}; run `cargo build --release` first")
        self.child = subprocess.Popen([binary, "encoder", "--pace"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, texts, tokens, threads, passes):
        self.child.stdin.write(f"{texts} {tokens} {threads} {passes}\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        if not line:
            sys.exit("error: `evals encoder --pace` ended; its message stands above")
        return json.loads(line)["ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx_dir")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--passes", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--binary", default="target/release/evals")
    parser.add_argument("--json")
    args = parser.parse_args()
    names = {"fp32": "minilm.onnx", "int8": "minilm.int8.onnx"}
    peers = {name: theirs(os.path.join(args.onnx_dir, file), args.threads) for name, file in names.items()}
    ours = Ours(args.binary)
    times = {shape: {"ours": [], **{p: [] for p in peers}} for shape in SHAPES}
    ratios = {shape: {p: [] for p in peers} for shape in SHAPES}
    for number in range(args.rounds):
        for shape in SHAPES:
            time.sleep(0.05)  # their threads spin for a while after a pass and would take a core from ours
            passes = max(4, args.passes // (8 if shape[0] * shape[1] > 256 else 1))
            mine = ours.run(*shape, args.threads, passes)
            times[shape]["ours"] += mine
            for name, session in peers.items():
                other = run(session, feed(*shape), passes)
                times[shape][name] += other
                ratios[shape][name].append(st.median(mine) / st.median(other))
        print(f"\rround {number + 1} of {args.rounds}", end="", file=sys.stderr)
    print(file=sys.stderr)
    print(f"{args.threads} threads each, {args.rounds} rounds; milliseconds are medians; ratio = ours / theirs, median (middle half)\n")
    print("| texts | tokens | ours | ORT int8 | ORT fp32 | ratio to int8 | ratio to fp32 |")
    print("|-------|--------|------|----------|----------|---------------|---------------|")
    rows = []
    for shape in SHAPES:
        mid = {name: st.median(values) for name, values in times[shape].items()}
        shown = []
        for name in ("int8", "fp32"):
            low, middle, high = st.quantiles(ratios[shape][name], n=4)
            shown.append(f"{middle:.2f} ({low:.2f} to {high:.2f})")
        print(f"| {shape[0]} | {shape[1]} | {mid['ours']:.2f} | {mid['int8']:.2f} | {mid['fp32']:.2f} | {shown[0]} | {shown[1]} |")
        rows.append({"texts": shape[0], "tokens": shape[1], "median_ms": mid, "ratios": ratios[shape]})
    if args.json:
        with open(args.json, "w") as out:
            json.dump({"threads": args.threads, "rounds": args.rounds, "shapes": rows}, out, indent=1)


main()
