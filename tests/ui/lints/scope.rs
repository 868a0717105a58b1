//! A scope of the test kit that nothing keeps.
#![deny(unused_must_use)]

use persevere::testing;

fn main() {
    testing::no_waiting().on_this_thread();
    testing::off().for_process();
}
