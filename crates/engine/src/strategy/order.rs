//! Results in the order of hosts, as long as nobody has to wait for it.

use super::round::Message;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long the message of a host is held back for the hosts before it.
const PATIENCE: Duration = Duration::from_millis(25);

/// Holds back messages of hosts whose predecessors are about to be done.
pub(super) struct InOrder {
    /// Hosts in order.
    hosts: Vec<usize>,
    /// Position of the first host that is waited for.
    next: usize,
    held: BTreeMap<usize, Vec<Message>>,
    since: Option<Instant>,
}

impl InOrder {
    /// An order of hosts; their numbers ascend.
    pub(super) fn new(hosts: &[usize]) -> Self {
        Self { hosts: hosts.to_vec(), next: 0, held: BTreeMap::new(), since: None }
    }

    /// When what is held is to be let go, if anything is.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + PATIENCE)
    }

    /// Takes a message and gives those whose turn it is.
    pub(super) fn take(&mut self, message: Message) -> Vec<Message> {
        let host = message.host();
        if self.hosts.get(self.next).is_some_and(|next| host > *next) {
            self.since.get_or_insert_with(Instant::now);
            self.held.entry(host).or_default().push(message);
            return Vec::new();
        }
        let done = matches!(message, Message::Done(..)) && self.hosts.get(self.next) == Some(&host);
        let mut out = vec![message];
        if done {
            self.next += 1;
            self.follow(&mut out);
        }
        out
    }

    /// Adds what was held for hosts whose turn has come.
    fn follow(&mut self, out: &mut Vec<Message>) {
        while let Some(messages) = self.hosts.get(self.next).and_then(|host| self.held.remove(host)) {
            let done = messages.iter().any(|message| matches!(message, Message::Done(..)));
            out.extend(messages);
            if !done {
                break;
            }
            self.next += 1;
        }
        if self.held.is_empty() {
            self.since = None;
        }
    }

    /// Gives all that is held: the hosts before are not waited for any longer.
    pub(super) fn let_go(&mut self) -> Vec<Message> {
        if let Some((last, _)) = self.held.last_key_value() {
            self.next = self.hosts.partition_point(|host| host <= last);
        }
        self.since = None;
        std::mem::take(&mut self.held).into_values().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    fn event(host: usize) -> Message {
        Message::Event(host, Event::Verbose(String::new()))
    }

    fn hosts(messages: &[Message]) -> Vec<usize> {
        messages.iter().map(Message::host).collect()
    }

    #[test]
    fn later_hosts_wait_until_patience_ends() {
        let mut order = InOrder::new(&[1, 4, 6]);
        assert!(order.take(event(4)).is_empty());
        assert_eq!(hosts(&order.take(event(1))), [1]);
        assert!(order.deadline().is_some());
        assert!(order.take(event(6)).is_empty());
        assert_eq!(hosts(&order.let_go()), [4, 6]);
        assert!(order.deadline().is_none());
        assert_eq!(hosts(&order.take(event(1))), [1]);
        assert_eq!(hosts(&order.take(event(6))), [6]);
    }
}
