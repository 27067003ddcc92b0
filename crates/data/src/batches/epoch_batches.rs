//! Worker threads that make the batches of one epoch ahead of the training thread.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use crate::batches::host_batch::HostBatch;
use crate::batches::maker::BatchMaker;
use crate::error::DataError;

/// Number of finished batches that each worker may have waiting.
const AHEAD: usize = 2;

/// A thread that makes part of an epoch's batches.
#[derive(Debug)]
struct Worker {
    batches: Receiver<Result<HostBatch, DataError>>,
    thread: JoinHandle<()>,
}

impl Worker {
    fn start(maker: Arc<BatchMaker>, batches: Vec<Vec<usize>>, epoch: Option<usize>) -> Self {
        let (sender, receiver) = sync_channel(AHEAD);
        let thread = std::thread::spawn(move || {
            for indices in batches {
                let batch = maker.batch(&indices, epoch);
                let failed = batch.is_err();
                // Stops after a failure, or if the receiver is gone.
                if sender.send(batch).is_err() || failed {
                    return;
                }
            }
        });
        Self {
            batches: receiver,
            thread,
        }
    }

    /// Waits for the thread to end, at the latest at its next batch, and returns its panic if it had one.
    fn stop(self) -> std::thread::Result<()> {
        drop(self.batches);
        self.thread.join()
    }
}

/// The batches of one epoch, made ahead by worker threads that start immediately and end when this is dropped.
///
/// An image that can no longer be read is the error of its batch, which is the last.
///
/// # Panics
///
/// With the panic of the worker that should have made the next batch, if it had one.
#[derive(Debug)]
pub struct EpochBatches {
    workers: Vec<Worker>,
    next: usize,
    batches: usize,
}

impl EpochBatches {
    /// Starts the workers. Batches are dealt out in turn: the next one always comes from a known worker, nothing has to be
    /// sorted, and no worker runs ahead of the others by more than its channel's capacity.
    pub(super) fn start(
        maker: &Arc<BatchMaker>,
        batches: &[&[usize]],
        epoch: Option<usize>,
    ) -> Self {
        let workers = maker.options.workers.clamp(1, batches.len().max(1));
        let deal = |worker| batches.iter().skip(worker).step_by(workers);
        Self {
            workers: (0..workers)
                .map(|worker| {
                    let dealt = deal(worker).map(|batch| batch.to_vec()).collect();
                    Worker::start(maker.clone(), dealt, epoch)
                })
                .collect(),
            next: 0,
            batches: batches.len(),
        }
    }
}

impl Iterator for EpochBatches {
    type Item = Result<HostBatch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.batches {
            return None;
        }
        let worker = self.next % self.workers.len();
        self.next += 1;
        let batch = self.workers[worker].batches.recv().unwrap_or_else(|_| {
            self.next = self.batches;
            // Only a panic makes a worker hang up before its last batch or its failure.
            let failure = self.workers.swap_remove(worker).stop();
            std::panic::resume_unwind(failure.expect_err("a worker makes all of its batches"))
        });
        if batch.is_err() {
            self.next = self.batches;
        }
        Some(batch)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.batches - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for EpochBatches {}

impl Drop for EpochBatches {
    fn drop(&mut self) {
        // All channels are closed before the first thread is joined, so that the threads end in parallel.
        let (receivers, threads): (Vec<_>, Vec<_>) = self
            .workers
            .drain(..)
            .map(|worker| (worker.batches, worker.thread))
            .unzip();
        drop(receivers);
        for thread in threads {
            // A panic has already been reported.
            let _ = thread.join();
        }
    }
}
