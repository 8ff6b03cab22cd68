//! Work over a list on several threads, with results in the order of the list.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads get this much stack: syn recurses, and overflows 2 MiB on input that its bounds admit.
const STACK: usize = 64 * 1024 * 1024;

/// How many threads to use where `jobs` are asked for; 0 asks for one a processor.
pub fn threads(jobs: usize) -> usize {
    match jobs {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs,
    }
}

/// `work` over `items` on `jobs` threads, results in the order of the items.
pub fn map<I: Sync, O: Send>(items: &[I], jobs: usize, work: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, O)>> = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        let mut own = Vec::new();
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(at)
        {
            own.push((at, work(item)));
        }
        done.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).append(&mut own);
    };
    let started = std::thread::scope(|scope| {
        (0..jobs.clamp(1, items.len().max(1)))
            .filter(|_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).is_ok())
            .count()
    });
    if started == 0 {
        // No thread can be had: better on this one than not at all.
        run();
    }
    let mut done = done.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn order_is_kept_for_any_number_of_threads() {
        let items: Vec<usize> = (0..100).collect();
        for jobs in [0, 1, 2, 7, 200] {
            assert_eq!(super::map(&items, jobs, |n| n * 2), items.iter().map(|n| n * 2).collect::<Vec<_>>());
        }
        assert!(super::map(&[] as &[usize], 2, |n| *n).is_empty());
    }
}
