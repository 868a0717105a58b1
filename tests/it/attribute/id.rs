//! `id = …`: which values it takes, and how events show them.
#![deny(warnings, clippy::pedantic)]

use persevere::{Event, retry};

struct Order {
    number: u32,
}

impl Order {
    fn label(&self) -> String {
        format!("order {}", self.number)
    }

    #[retry(
        id = self.label(),
        on = _,
        max_retries = 0,
        on_give_up = |event| ids.push(id_of(event)),
    )]
    fn by_method(&self, ids: &mut Vec<String>) -> Result<u32, u32> {
        Err(self.number)
    }
}

#[retry(
    id = format_args!("{shard}/{key}"),
    on = _,
    max_retries = 0,
    on_give_up = |event| ids.push(id_of(event)),
)]
fn by_format(shard: u8, key: &str, ids: &mut Vec<String>) -> Result<u8, usize> {
    if key.is_empty() { Ok(shard) } else { Err(key.len()) }
}

#[retry(
    id = first + second,
    on = _,
    max_retries = 0,
    on_give_up = |event| ids.push(id_of(event)),
)]
fn by_operator(first: u8, second: u8, ids: &mut Vec<String>) -> Result<u8, u8> {
    if first > second { Ok(second) } else { Err(first) }
}

fn id_of(event: &Event<'_>) -> String {
    event.id().map_or_else(String::new, ToString::to_string)
}

#[test]
fn an_id_is_any_expression() {
    let mut ids = Vec::new();
    assert_eq!(Order { number: 7 }.by_method(&mut ids), Err(7));
    assert_eq!(by_format(1, "ab", &mut ids), Err(2));
    assert_eq!(by_operator(1, 2, &mut ids), Err(1));
    assert_eq!(ids, ["order 7", "1/ab", "3"]);
}
