//! The whole pass: embeddings, layers, pooling, heads. Texts lie end to end, none is padded.

use super::attention::room;
use super::layer::{Hands, Heads, Input, Norm, Project, Quantise, Then, WIDTH};
use super::micro::Isa;
use super::packed::{LANES, Packed};
use super::scratch::{Acts, Scratch, Sizes};
use super::shared::Shared;
use super::team::Team;
use super::weights::{Rows, Weights, bad};
use crate::classify::ModelError;
use crate::classify::encoder::{EncoderConfig, keeps};
use crate::classify::heads::HEAD;
use crate::classify::network::Output;
use crate::domain::labels::{INTENTS, RISKS};
use std::sync::{Mutex, PoisonError};

/// Tokens that one thread works on at a time where there are several texts: their buffers stay in its cache.
const GROUP: usize = 64;

struct Layer {
    heads: Packed,
    mix: Packed,
    mix_norm: Norm,
    up: Packed,
    down: Packed,
    down_norm: Norm,
}

/// The encoder and its heads, ready to run. Shared between threads.
pub struct Network {
    words: Rows,
    /// Position and type embeddings, `[positions, hidden]`.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    /// Risk and intent, side by side.
    inner: Packed,
    risk: (Rows, Vec<f32>),
    intent: (Rows, Vec<f32>),
    config: EncoderConfig,
    team: Team,
    isa: Isa,
    scratch: Mutex<Vec<Scratch>>,
}

impl Network {
    /// From the bytes of an int8 `model.safetensors`, with as many threads as the machine has, at most four.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`], [`ModelError::Format`].
    pub fn new(weights: &[u8], config: EncoderConfig) -> Result<Self, ModelError> {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
        Self::with(weights, config, threads, Isa::available().first().copied().unwrap_or(Isa::Portable))
    }

    /// With a stated number of threads and kind of instructions: for benchmarks and tests.
    ///
    /// # Errors
    /// As [`Network::new`]; [`ModelError::Format`] too when the machine lacks the instructions.
    pub fn with(weights: &[u8], config: EncoderConfig, threads: usize, isa: Isa) -> Result<Self, ModelError> {
        if !Isa::available().contains(&isa) {
            return Err(bad(format!("this machine has no {isa:?}")));
        }
        if config.hidden_size != config.num_attention_heads * WIDTH {
            return Err(bad(format!("heads of {WIDTH} numbers are wanted")));
        }
        let file = Weights::new(weights)?;
        let kind = file.rows("embeddings.token_type_embeddings.weight")?;
        let kind: Vec<f32> = kind.row(0).into_iter().flatten().collect();
        let places = file.rows("embeddings.position_embeddings.weight")?;
        let place = |n: usize| places.row(n).into_iter().flatten().zip(&kind).map(|(p, k)| p + k);
        let layers = (0..config.num_hidden_layers).map(|n| Layer::new(&file, &config, n));
        let out = |name: &str| {
            Ok::<_, ModelError>((file.rows(&format!("{name}.weight"))?, file.numbers(&format!("{name}.bias"))?))
        };
        let network = Self {
            words: file.rows("embeddings.word_embeddings.weight")?,
            positions: (0..config.max_position_embeddings).flat_map(place).collect(),
            norm: norm(&file, "embeddings.LayerNorm", config.layer_norm_eps)?,
            layers: layers.collect::<Result<_, _>>()?,
            inner: file.stacked(&["heads.risk.inner", "heads.intent.inner"], |head, n| head * HEAD + n, |_| 1.0)?,
            risk: out("heads.risk.out")?,
            intent: out("heads.intent.out")?,
            config,
            team: Team::new(threads),
            isa,
            scratch: Mutex::new(Vec::new()),
        };
        network.fits()?;
        Ok(network)
    }

    /// Every matrix has the shape that the pass relies on.
    fn fits(&self) -> Result<(), ModelError> {
        let hidden = self.config.hidden_size;
        let shape = |m: &Packed| (m.depth, m.columns);
        let right = |l: &Layer| {
            let inner = l.up.columns;
            let linear = [&l.heads, &l.mix, &l.up, &l.down].map(shape);
            linear == [(hidden, 3 * hidden), (hidden, hidden), (hidden, inner), (inner, hidden)]
                && [&l.mix_norm, &l.down_norm].iter().all(|n| n.weight.len() == hidden && n.bias.len() == hidden)
                && inner == self.layers.first().map_or(inner, |first| first.up.columns)
        };
        let out =
            |(rows, bias): &(Rows, Vec<f32>)| rows.scale.len() == bias.len() && rows.weights.len() == HEAD * bias.len();
        let vectors = |l: &Layer| hidden.is_multiple_of(LANES) && l.up.columns.is_multiple_of(LANES);
        let whole = self.layers.iter().all(|l| right(l) && vectors(l))
            && self.positions.len() == self.config.max_position_embeddings * hidden
            && self.words.weights.len() == self.words.scale.len() * hidden
            && self.norm.weight.len() == hidden
            && self.norm.bias.len() == hidden
            && shape(&self.inner) == (2 * hidden, 2 * HEAD)
            && [(&self.risk, RISKS), (&self.intent, INTENTS)]
                .into_iter()
                .all(|(head, n)| out(head) && head.1.len() == n);
        if whole { Ok(()) } else { Err(bad("the tensors' shapes do not fit together".into())) }
    }

    /// Judges token sequences (with CLS and SEP, none empty), in order.
    ///
    /// # Errors
    /// [`ModelError::Compute`] when a sequence is longer than the position table or a token is unknown.
    pub fn forward(&self, texts: &[&[u32]]) -> Result<Vec<Output>, ModelError> {
        self.grouped(texts, |group, hands, s| {
            let (sizes, spans) = self.begin(group, hands, s);
            for layer in &self.layers {
                layer.forward(hands, s, sizes, &spans);
            }
            self.judge(hands, s, sizes, &spans)
        })
    }

    /// Hidden states of each sequence at the word table, in the middle and at the end, `[tokens, 3·hidden]`, in order.
    ///
    /// # Errors
    /// As [`Network::forward`].
    pub fn trails(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, ModelError> {
        self.grouped(texts, |group, hands, s| {
            let (sizes, spans) = self.begin(group, hands, s);
            let mut kept = vec![s.state[..sizes.rows * sizes.hidden].to_vec()];
            for (n, layer) in self.layers.iter().enumerate() {
                layer.forward(hands, s, sizes, &spans);
                if keeps(n, self.layers.len()) {
                    kept.push(s.state[..sizes.rows * sizes.hidden].to_vec());
                }
            }
            let token = |at: usize| kept.iter().flat_map(move |k| &k[at * sizes.hidden..][..sizes.hidden]);
            spans.iter().map(|(first, n)| (*first..first + n).flat_map(token).copied().collect()).collect()
        })
    }

    /// Checks the sequences and shares them among the team, group by group.
    fn grouped<T: Send>(
        &self,
        texts: &[&[u32]],
        work: impl Fn(&[&[u32]], &Hands, &mut Scratch) -> Vec<T> + Sync,
    ) -> Result<Vec<T>, ModelError> {
        for text in texts {
            self.check(text)?;
        }
        let groups = groups(texts);
        let group = |texts: &[&[u32]], hands: &Hands| self.lent(|s| work(texts, hands, s));
        let mut hands = Hands { crew: self.team.pass(), isa: self.isa };
        if groups.len() < 2 || hands.crew.members() == 1 {
            return Ok(groups.into_iter().flat_map(|g| group(g, &hands)).collect());
        }
        let crew = std::mem::replace(&mut hands.crew, self.team.alone());
        let results: Vec<Mutex<Vec<T>>> = groups.iter().map(|_| Mutex::new(Vec::new())).collect();
        crew.each(groups.len(), &|n| {
            *results[n].lock().unwrap_or_else(PoisonError::into_inner) = group(groups[n], &hands);
        });
        Ok(results.into_iter().flat_map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner)).collect())
    }

    fn check(&self, text: &[u32]) -> Result<(), ModelError> {
        let longest = self.config.max_position_embeddings;
        let unknown = text.iter().find(|id| **id as usize >= self.words.scale.len());
        let wrong = |what: String| Err(ModelError::Compute(candle_core::Error::msg(what)));
        match unknown {
            _ if text.is_empty() || text.len() > longest => {
                wrong(format!("{} tokens in a sequence, the model reads 1 to {longest}", text.len()))
            }
            Some(id) => wrong(format!("the model has no token {id}")),
            None => Ok(()),
        }
    }

    /// Lends buffers for one group of texts.
    fn lent<T>(&self, work: impl FnOnce(&mut Scratch) -> T) -> T {
        let mut pool = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = pool.pop().unwrap_or_default();
        drop(pool);
        let out = work(&mut scratch);
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        out
    }

    /// Embeds a group; its sizes, and where each text lies.
    fn begin(&self, texts: &[&[u32]], hands: &Hands, s: &mut Scratch) -> (Sizes, Vec<(usize, usize)>) {
        let longest = texts.iter().map(|t| t.len()).max().unwrap_or(0);
        let sizes = Sizes {
            rows: texts.iter().map(|t| t.len()).sum(),
            texts: texts.len(),
            hidden: self.config.hidden_size,
            inner: self.layers.first().map_or(0, |l| l.up.columns),
            heads: self.config.num_attention_heads,
            room: room(longest, WIDTH),
            verdict: 2 * HEAD,
        };
        s.fit(sizes);
        let ends = texts.iter().scan(0, |end, text| {
            *end += text.len();
            Some(*end)
        });
        let spans: Vec<(usize, usize)> = ends.zip(texts).map(|(end, text)| (end - text.len(), text.len())).collect();
        self.embed(texts, &mut s.state);
        quantise(hands, &mut s.state, Some(&self.norm), &mut s.state_acts, sizes.rows);
        (sizes, spans)
    }

    fn embed(&self, texts: &[&[u32]], state: &mut [f32]) {
        let hidden = self.config.hidden_size;
        let ids = texts.iter().flat_map(|text| text.iter().zip(self.positions.chunks_exact(hidden)));
        for (row, (id, place)) in state.chunks_exact_mut(hidden).zip(ids) {
            for ((x, word), p) in row.iter_mut().zip(self.words.row(*id as usize).into_iter().flatten()).zip(place) {
                *x = word + p;
            }
        }
    }

    fn judge(&self, hands: &Hands, s: &mut Scratch, sizes: Sizes, spans: &[(usize, usize)]) -> Vec<Output> {
        let hidden = sizes.hidden;
        for ((first, tokens), out) in spans.iter().zip(s.pooled.chunks_exact_mut(2 * hidden)) {
            let (cls, mean) = out.split_at_mut(hidden);
            let rows = &s.state[first * hidden..][..tokens * hidden];
            cls.copy_from_slice(&rows[..hidden]);
            mean.fill(0.0);
            rows.chunks_exact(hidden).for_each(|row| mean.iter_mut().zip(row).for_each(|(m, x)| *m += x));
            mean.iter_mut().for_each(|m| *m /= *tokens as f32);
        }
        quantise(hands, &mut s.pooled, None, &mut s.pooled_acts, sizes.texts);
        project(hands, &self.inner, Input::new(&s.pooled_acts, sizes.texts), &mut s.verdict, Then::Gelu);
        let texts = s.pooled.chunks_exact(2 * hidden).zip(s.verdict.chunks_exact(sizes.verdict)).take(sizes.texts);
        texts
            .map(|(pooled, inner)| {
                let (risk, intent) = inner.split_at(HEAD);
                Output {
                    risks: logits(&self.risk, risk),
                    intents: logits(&self.intent, intent),
                    mean: pooled[hidden..].to_vec(),
                }
            })
            .collect()
    }
}

impl Layer {
    fn new(file: &Weights, config: &EncoderConfig, number: usize) -> Result<Self, ModelError> {
        let name = |part: &str| format!("encoder.layer.{number}.{part}");
        let [query, key, value] = ["query", "key", "value"].map(|p| name(&format!("attention.self.{p}")));
        // By head: query, key, value. The scores' factor 1/sqrt(width) is in the queries.
        let place = |layer: usize, n: usize| (n / WIDTH * 3 + layer) * WIDTH + n % WIDTH;
        let factor = |layer: usize| if layer == 0 { 1.0 / (WIDTH as f32).sqrt() } else { 1.0 };
        Ok(Self {
            heads: file.stacked(&[&query, &key, &value], place, factor)?,
            mix: file.linear(&name("attention.output.dense"))?,
            mix_norm: norm(file, &name("attention.output.LayerNorm"), config.layer_norm_eps)?,
            up: file.linear(&name("intermediate.dense"))?,
            down: file.linear(&name("output.dense"))?,
            down_norm: norm(file, &name("output.LayerNorm"), config.layer_norm_eps)?,
        })
    }

    fn forward(&self, hands: &Hands, s: &mut Scratch, sizes: Sizes, spans: &[(usize, usize)]) {
        let rows = sizes.rows;
        let heads = Heads {
            matrix: &self.heads,
            input: Input::new(&s.state_acts, rows),
            texts: spans,
            heads: Shared::new(&mut s.heads),
            room: Shared::new(&mut s.room),
            each: sizes.room,
            out: Shared::new(&mut s.context),
            hidden: sizes.hidden,
        };
        hands.each(sizes.heads, &heads);
        quantise(hands, &mut s.context, None, &mut s.context_acts, rows);
        project(hands, &self.mix, Input::new(&s.context_acts, rows), &mut s.next, Then::Plus(&s.state));
        std::mem::swap(&mut s.state, &mut s.next);
        quantise(hands, &mut s.state, Some(&self.mix_norm), &mut s.state_acts, rows);
        project(hands, &self.up, Input::new(&s.state_acts, rows), &mut s.inner, Then::Gelu);
        quantise(hands, &mut s.inner, None, &mut s.inner_acts, rows);
        project(hands, &self.down, Input::new(&s.inner_acts, rows), &mut s.next, Then::Plus(&s.state));
        std::mem::swap(&mut s.state, &mut s.next);
        quantise(hands, &mut s.state, Some(&self.down_norm), &mut s.state_acts, rows);
    }
}

fn norm(file: &Weights, prefix: &str, eps: f32) -> Result<Norm, ModelError> {
    let part = |part: &str| file.numbers(&format!("{prefix}.{part}"));
    Ok(Norm { weight: part("weight")?, bias: part("bias")?, eps })
}

/// Texts in groups of some [`GROUP`] tokens; a longer text is a group of its own.
fn groups<'a, 'b>(texts: &'a [&'b [u32]]) -> Vec<&'a [&'b [u32]]> {
    let (mut out, mut first, mut tokens) = (Vec::new(), 0, 0);
    for (n, text) in texts.iter().enumerate() {
        if n > first && tokens + text.len() > GROUP {
            out.push(&texts[first..n]);
            (first, tokens) = (n, 0);
        }
        tokens += text.len();
    }
    out.extend((first < texts.len()).then(|| &texts[first..]));
    out
}

fn quantise(hands: &Hands, rows: &mut [f32], norm: Option<&Norm>, acts: &mut Acts, count: usize) {
    let share = hands.share(count);
    let width = acts.width;
    let (rows, bytes, affine) = (Shared::new(rows), Shared::new(&mut acts.bytes), Shared::new(&mut acts.affine));
    hands.each(count.div_ceil(share), &Quantise { rows, norm, bytes, affine, count, width, share });
}

fn project(hands: &Hands, matrix: &Packed, input: Input, out: &mut [f32], then: Then) {
    let share = hands.share(matrix.panels().len());
    let work = Project { matrix, input, out: Shared::new(out), then, share };
    hands.each(work.pieces(), &work);
}

/// The last, small product of a head, in `f32`.
fn logits((rows, bias): &(Rows, Vec<f32>), x: &[f32]) -> Vec<f32> {
    let weights = rows.weights.chunks_exact(HEAD).zip(&rows.scale);
    let dot = |row: &[i8]| row.iter().zip(x).map(|(w, x)| f32::from(*w) * x).sum::<f32>();
    weights.zip(bias).map(|((row, scale), b)| dot(row) * scale + b).collect()
}
