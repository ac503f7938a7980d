//! A long line between a client and a server on one machine: bytes arrive in order, each half a round trip later.

use crate::Result;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Opens a line to `server` with this round trip; answers its near end. It is there as long as the process.
///
/// # Errors
/// No port is free.
pub fn open(server: SocketAddr, round_trip: Duration) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = listener.local_addr()?;
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // A caller waits one round trip for a connection, too.
            thread::sleep(round_trip);
            let Ok(far) = TcpStream::connect(server) else {
                return;
            };
            let _ = (client.set_nodelay(true), far.set_nodelay(true));
            let (Ok(client_too), Ok(far_too)) = (client.try_clone(), far.try_clone()) else {
                return;
            };
            carry(client, far, round_trip / 2);
            carry(far_too, client_too, round_trip / 2);
        }
    });
    Ok(near)
}

/// Carries bytes one way. Each piece leaves when it has been under way long enough, however many follow it.
fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (send, receive) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut piece) {
            let bytes = piece.get(..read).unwrap_or_default().to_vec();
            if send.send((Instant::now() + delay, bytes)).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receive {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
