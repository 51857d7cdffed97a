//! A weight matrix laid out for the products: panels of up to 48 output columns, in which four inputs of sixteen columns
//! lie in one 64-byte line, so that a product reads its panel from front to back.

/// Output columns in a block, one vector of `i32` sums.
pub const LANES: usize = 16;
/// Blocks in a panel at most: with eight rows they fill 24 of the 32 vector registers.
pub const BLOCKS: usize = 3;
/// Inputs that one instruction multiplies and adds.
pub const DEPTH: usize = 4;

/// Four inputs of sixteen columns: byte `4·column + input`.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Line(pub [i8; LANES * DEPTH]);

/// Some columns of a matrix, one behind the other in memory.
#[derive(Debug, Clone, Copy)]
pub struct Panel {
    /// Its first line.
    pub start: usize,
    /// Blocks of sixteen columns, 1 to [`BLOCKS`].
    pub blocks: usize,
    /// Its first column.
    pub column: usize,
}

/// A packed matrix with what turns its integer sums into numbers.
pub struct Packed {
    lines: Vec<Line>,
    panels: Vec<Panel>,
    /// Inputs.
    pub depth: usize,
    /// Outputs, without the columns that fill up the last block.
    pub columns: usize,
    /// Scale of each column.
    pub scale: Vec<f32>,
    /// Scale times sum of the weights of each column: what a row's minimum is multiplied with.
    pub sum: Vec<f32>,
    /// Bias of each column.
    pub bias: Vec<f32>,
}

impl Packed {
    /// From the weights `[columns, depth]`, a scale and a bias for each column.
    ///
    /// # Errors
    /// What does not fit: the lengths, or a depth that is no multiple of four.
    pub fn new(weights: &[i8], scale: &[f32], bias: &[f32]) -> Result<Self, String> {
        let columns = scale.len();
        let depth = weights.len() / columns.max(1);
        if columns == 0 || depth == 0 || !depth.is_multiple_of(DEPTH) || depth * columns != weights.len() {
            return Err(format!("{} weights in {columns} columns", weights.len()));
        }
        if bias.len() != columns {
            return Err(format!("{} biases for {columns} columns", bias.len()));
        }
        let rows: Vec<&[i8]> = weights.chunks_exact(depth).collect();
        let total = |row: &&[i8]| row.iter().map(|w| i32::from(*w)).sum::<i32>() as f32;
        let sum = filled(rows.iter().map(total).zip(scale).map(|(t, s)| t * s).collect());
        let (mut lines, mut panels) = (Vec::new(), Vec::new());
        for (number, rows) in rows.chunks(BLOCKS * LANES).enumerate() {
            let blocks = rows.len().div_ceil(LANES);
            panels.push(Panel { start: lines.len(), blocks, column: number * BLOCKS * LANES });
            for quad in 0..depth / DEPTH {
                lines.extend((0..blocks).map(|block| line(rows, block, quad)));
            }
        }
        Ok(Self { lines, panels, depth, columns, scale: filled(scale.to_vec()), sum, bias: filled(bias.to_vec()) })
    }

    /// Its panels.
    pub fn panels(&self) -> &[Panel] {
        &self.panels
    }

    /// The lines of a panel: for each four inputs one a block.
    pub fn lines(&self, panel: &Panel) -> &[Line] {
        &self.lines[panel.start..panel.start + panel.blocks * self.depth / DEPTH]
    }
}

fn line(rows: &[&[i8]], block: usize, quad: usize) -> Line {
    let mut line = Line([0; LANES * DEPTH]);
    for (four, row) in line.0.chunks_exact_mut(DEPTH).zip(rows.iter().skip(block * LANES)) {
        four.copy_from_slice(&row[quad * DEPTH..][..DEPTH]);
    }
    line
}

/// Zeros up to a whole number of blocks.
fn filled(mut values: Vec<f32>) -> Vec<f32> {
    values.resize(values.len().next_multiple_of(LANES), 0.0);
    values
}
