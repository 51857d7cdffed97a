//! Threads that help with one text: a stage is cut into pieces, and whoever is free takes the next one. The caller never
//! waits for a thread that has not come, only for pieces that one has begun; a second caller, who finds the team at
//! work, does its pieces alone. Helpers spin between the stages of a pass (microseconds) and sleep between passes.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::thread::{JoinHandle, Thread};

/// Looks for work after a pass before a helper goes to sleep: about 50 microseconds.
const PATIENCE: u32 = 4_000;

type Task = *const (dyn Fn(usize) + Sync);

/// What caller and helpers share.
struct Board {
    /// Stage (upper half), pieces (16 bits), next piece (16 bits).
    word: AtomicU64,
    /// Pieces of this stage that are finished.
    done: AtomicU32,
    /// What a piece is; read only by who holds an unfinished piece of the stage, written only between stages.
    task: UnsafeCell<Option<Task>>,
    panicked: AtomicBool,
    active: AtomicBool,
    stop: AtomicBool,
}

// SAFETY: `task` is written between stages only, when no piece is held; see `Board::take`.
unsafe impl Sync for Board {}
// SAFETY: the task is `Sync`, and it outlives the stage; see `Crew::each`.
unsafe impl Send for Board {}

impl Board {
    /// The next piece of the present stage, if any is left. Until it is counted as done the stage cannot end.
    fn take(&self) -> Option<usize> {
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let (pieces, next) = (word >> 16 & 0xffff, word & 0xffff);
            if next >= pieces {
                return None;
            }
            match self.word.compare_exchange_weak(word, word + 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(next as usize),
                Err(now) => word = now,
            }
        }
    }

    /// Takes pieces until none is left.
    fn work(&self) {
        while let Some(piece) = self.take() {
            // SAFETY: this thread holds an unfinished piece, so the caller is still inside `each` and the task lives.
            let task = unsafe { (*self.task.get()).map(|task| &*task) };
            if catch_unwind(AssertUnwindSafe(|| task.map(|task| task(piece)))).is_err() {
                self.panicked.store(true, Ordering::Release);
            }
            self.done.fetch_add(1, Ordering::Release);
        }
    }
}

struct Helper {
    thread: Thread,
    parked: Arc<AtomicBool>,
    handle: Option<JoinHandle<()>>,
}

/// A caller's helpers. They end with it.
pub struct Team {
    board: Arc<Board>,
    helpers: Vec<Helper>,
    busy: Mutex<()>,
}

impl Team {
    /// A team of `members`, the caller included. A helper that cannot be started is done without.
    #[must_use]
    pub fn new(members: usize) -> Self {
        let board = Arc::new(Board {
            word: AtomicU64::new(0),
            done: AtomicU32::new(0),
            task: UnsafeCell::new(None),
            panicked: AtomicBool::new(false),
            active: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let helpers = (1..members).filter_map(|n| Helper::start(&board, n)).collect();
        Self { board, helpers, busy: Mutex::new(()) }
    }

    /// Opens a pass, with the helpers if they are free.
    pub fn pass(&self) -> Crew<'_> {
        let held = match self.busy.try_lock() {
            _ if self.helpers.is_empty() => None,
            Ok(held) => Some(held),
            Err(TryLockError::Poisoned(held)) => Some(held.into_inner()), // a pass panicked; the board is at rest
            Err(TryLockError::WouldBlock) => None,
        };
        if held.is_some() {
            self.board.active.store(true, Ordering::SeqCst);
            self.helpers.iter().filter(|h| h.parked.load(Ordering::SeqCst)).for_each(|h| h.thread.unpark());
        }
        Crew { team: self, held }
    }

    /// A pass without helpers, also while another one has them.
    #[must_use]
    pub fn alone(&self) -> Crew<'_> {
        Crew { team: self, held: None }
    }

    /// The caller and its helpers.
    #[must_use]
    pub fn members(&self) -> usize {
        self.helpers.len() + 1
    }
}

impl Helper {
    fn start(board: &Arc<Board>, number: usize) -> Option<Self> {
        let parked = Arc::new(AtomicBool::new(false));
        let (board, flag) = (board.clone(), parked.clone());
        let builder = std::thread::Builder::new().name(format!("encoder-{number}"));
        let handle = builder.spawn(move || help(&board, &flag)).ok()?;
        Some(Self { thread: handle.thread().clone(), parked, handle: Some(handle) })
    }
}

fn help(board: &Board, parked: &AtomicBool) {
    let mut idle = 0;
    while !board.stop.load(Ordering::Acquire) {
        board.work();
        std::hint::spin_loop();
        idle = if board.active.load(Ordering::Relaxed) { 0 } else { idle + 1 };
        if idle > PATIENCE {
            parked.store(true, Ordering::SeqCst);
            if !board.active.load(Ordering::SeqCst) && !board.stop.load(Ordering::SeqCst) {
                std::thread::park();
            }
            parked.store(false, Ordering::SeqCst);
            idle = 0;
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.board.stop.store(true, Ordering::SeqCst);
        for helper in &mut self.helpers {
            helper.thread.unpark();
            if let Some(handle) = helper.handle.take() {
                drop(handle.join());
            }
        }
    }
}

/// The team during one pass, or the caller alone.
pub struct Crew<'a> {
    team: &'a Team,
    held: Option<MutexGuard<'a, ()>>,
}

impl Crew<'_> {
    /// How many may work at once.
    #[must_use]
    pub fn members(&self) -> usize {
        if self.held.is_some() { self.team.members() } else { 1 }
    }

    /// Does `pieces` pieces, each once, and returns when all are done.
    ///
    /// # Panics
    /// When a piece panicked, after all others are done.
    pub fn each(&self, pieces: usize, task: &(dyn Fn(usize) + Sync)) {
        if self.held.is_none() || !(2..=0xffff).contains(&pieces) {
            return (0..pieces).for_each(task);
        }
        let board = &*self.team.board;
        // SAFETY: the last stage is over (all its pieces were done), so nobody reads the task; the borrow outlives this
        // stage, for this function returns only when every piece of it is done.
        unsafe { *board.task.get() = Some(std::mem::transmute::<&(dyn Fn(usize) + Sync), Task>(task)) };
        board.done.store(0, Ordering::Relaxed);
        let stage = (board.word.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        board.word.store(stage << 32 | (pieces as u64) << 16, Ordering::Release);
        board.work();
        let mut looks = 0u32;
        while board.done.load(Ordering::Acquire) < pieces as u32 {
            looks += 1;
            // A helper that lost its processor in the middle of a piece gets ours.
            if looks.is_multiple_of(10_000) { std::thread::yield_now() } else { std::hint::spin_loop() }
        }
        if board.panicked.swap(false, Ordering::AcqRel) {
            resume_unwind(Box::new("a piece of a pass panicked"));
        }
    }
}

impl Drop for Crew<'_> {
    fn drop(&mut self) {
        if self.held.is_some() {
            self.team.board.active.store(false, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    fn add(to: &AtomicUsize, n: usize) {
        to.fetch_add(n, Ordering::Relaxed);
    }

    #[test]
    fn every_piece_is_done_once_whoever_is_free() {
        for members in [1, 2, 3] {
            let team = Team::new(members);
            for round in 0..200 {
                let crew = team.pass();
                for pieces in [1, 2, 7, 48] {
                    let counts: Vec<AtomicUsize> = (0..pieces).map(|_| AtomicUsize::new(0)).collect();
                    crew.each(pieces, &|n| add(&counts[n], 1));
                    assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1), "{members} {round} {pieces}");
                }
            }
        }
    }

    #[test]
    fn two_callers_share_one_team() {
        let team = Team::new(2);
        let total = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..300).for_each(|_| team.pass().each(9, &|n| add(&total, n))));
            }
        });
        assert_eq!(total.into_inner(), 2 * 300 * 36);
    }

    #[test]
    fn a_panic_in_a_piece_reaches_the_caller_and_the_team_goes_on() {
        let team = Team::new(2);
        let bad = |n: usize| assert_ne!(n, 3, "as asked");
        assert!(catch_unwind(AssertUnwindSafe(|| team.pass().each(8, &bad))).is_err());
        let total = AtomicUsize::new(0);
        team.pass().each(8, &|n| add(&total, n));
        assert_eq!(total.into_inner(), 28);
    }
}
