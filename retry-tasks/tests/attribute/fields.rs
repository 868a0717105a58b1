//! serde's attributes on arguments, and types that only one place can spell.

use std::time::Duration;

use persevere::task;
use persevere::tasks::Queue;
use serde::{Deserialize, Serialize};

use crate::{SECOND, run};

/// Neither written nor read by itself.
#[derive(Default)]
pub(crate) struct Opaque(u64);

mod seconds {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(it: &super::Opaque, to: S) -> Result<S::Ok, S::Error> {
        it.0.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<super::Opaque, D::Error> {
        u64::deserialize(from).map(super::Opaque)
    }
}

#[derive(Serialize, Deserialize)]
struct Place {
    city: String,
}

/// Every way in which serde treats one field in another way.
#[task(on = _)]
async fn visit(
    #[serde(with = "seconds")] stay: Opaque,
    #[serde(skip)] known: Opaque,
    #[serde(flatten)] place: Place,
    #[serde(default = "often", alias = "visits")] times: u64,
    guide: Option<Place>,
) -> Result<(u64, Vec<Place>), String> {
    Ok((stay.0 + known.0 + times, [Some(place), guide].into_iter().flatten().collect()))
}

fn often() -> u64 {
    100
}

#[tokio::test(start_paused = true)]
async fn attributes_of_a_field_say_how_it_is_written_and_read() {
    let place = |city: &str| Place { city: city.to_owned() };
    let task = || Visit {
        stay: Opaque(1),
        known: Opaque(7),
        place: place("Rome"),
        times: 10,
        guide: None,
    };
    let written = serde_json::json!({ "stay": 1, "city": "Rome", "times": 10, "guide": null });
    assert_eq!(serde_json::to_value(task()).unwrap(), written);

    // What is missing has its default, and an `Option` is `None`.
    let queue = Queue::in_memory();
    let short = serde_json::from_str::<Visit>(r#"{ "stay": 2, "city": "Oslo" }"#).unwrap();
    let short = queue.enqueue(short).await.unwrap();
    let other = r#"{ "stay": 2, "city": "Oslo", "visits": 3, "guide": { "city": "Bergen" } }"#;
    let other = queue.enqueue(serde_json::from_str::<Visit>(other).unwrap()).await.unwrap();
    let whole = queue.enqueue(task()).await.unwrap();
    run::<Visit, _>(&queue, ()).await;
    assert_eq!(short.wait(SECOND).await.unwrap().0, 102);
    let (sum, places) = other.wait(SECOND).await.unwrap();
    assert_eq!((sum, places.len(), places[1].city.as_str()), (5, 2, "Bergen"));
    assert_eq!(whole.wait(SECOND).await.unwrap().0, 11, "what is skipped is not written");
}

/// As a macro of another crate makes them: `$crate` stands in no text, and a type's name is hygienic.
macro_rules! make {
    ($name:ident, $span:ty) => {
        #[task(on = _)]
        pub(crate) async fn $name(
            span: $span,
            near: $crate::fields::Near,
            #[cfg(any())] never: NoSuchType,
            #[cfg(all())] always: $crate::fields::Near,
        ) -> Result<$crate::fields::Near, String> {
            Ok($crate::fields::Near(near.0 + always.0 + span.as_secs()))
        }
    };
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Near(u64);

make!(measure, Duration);

#[tokio::test(start_paused = true)]
async fn types_that_a_macro_spells_are_kept_as_others() {
    let queue = Queue::in_memory();
    let task = Measure { span: SECOND, near: Near(1), always: Near(2) };
    let handle = queue.enqueue(task).await.unwrap();
    run::<Measure, _>(&queue, ()).await;
    assert_eq!(handle.wait(SECOND).await.unwrap(), Near(4));
}
