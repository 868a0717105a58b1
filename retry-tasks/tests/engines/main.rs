//! What holds for every engine, asked of each.

mod model;
mod operations;
mod rig;

#[cfg(feature = "postgres")]
#[path = "../../../tests/services"]
#[allow(dead_code, reason = "not every file uses all")]
mod services {
    pub(crate) mod postgres;
    pub(crate) mod server;

    use server::{Server, User, find, free_port, give_away, run};
}

mod cancelling;
mod keys;
mod leasing;
mod listing;
mod schedules;
mod settling;
mod the_dead;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod transactions;

/// Random operations, the same in every run.
fn sequences(count: usize) -> Vec<Vec<operations::Operation>> {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    use proptest::test_runner::TestRunner;

    let (strategy, mut random) = (operations::operations(), TestRunner::deterministic());
    let sequence = |_| strategy.new_tree(&mut random).expect("operations").current();
    (0..count).map(sequence).collect()
}

/// Each question to each engine.
macro_rules! ask {
    ($($subject:ident: $($question:ident)*;)*) => {
        ask!(memory: $($($subject $question)*)*);
        #[cfg(feature = "sqlite")]
        ask!(sqlite: $($($subject $question)*)*);

        /// One server for all, so that it ends with the test; each question has its own database.
        #[cfg(feature = "postgres")]
        #[tokio::test]
        async fn postgres() {
            let server = services::postgres::Postgres::start(&[]);
            $($(
                eprintln!(stringify!($question));
                let name = stringify!($question);
                crate::$subject::$question(&rig::Rig::postgres(server.options(), name).await).await;
            )*)*
            for (number, operations) in sequences(20).into_iter().enumerate() {
                let rig = rig::Rig::postgres(server.options(), &format!("model_{number}")).await;
                operations::agree(&rig, &operations).await;
            }
        }
    };
    ($engine:ident: $($subject:ident $question:ident)*) => {
        mod $engine {
            $(
                #[tokio::test(start_paused = true)]
                async fn $question() {
                    crate::$subject::$question(&crate::rig::Rig::$engine().await).await;
                }
            )*

            #[tokio::test(start_paused = true)]
            async fn agrees_with_a_list_of_what_happened() {
                for operations in crate::sequences(150) {
                    crate::operations::agree(&crate::rig::Rig::$engine().await, &operations).await;
                }
            }
        }
    };
}

ask! {
    leasing:
        leases_no_more_than_there_is_room_for
        leases_first_what_is_more_important_then_what_was_due_first
        leases_nothing_early
        leaves_alone_what_nobody_here_knows
        holds_one_suspect_at_a_time
        gives_each_task_to_one_worker
        keeps_a_lease_that_is_renewed
        recovers_row_by_row;
    settling:
        writes_a_settlement_once
        discards_what_an_earlier_lease_writes
        counts_four_numbers_apart
        stores_the_next_task_with_the_end_or_not_at_all
        keeps_what_an_attempt_noted
        wakes_who_waits;
    keys:
        gives_the_same_id_while_not_ended
        frees_a_key_at_every_end
        frees_a_key_at_the_start_and_lets_the_twin_wait
        takes_a_key_again_when_requeued
        runs_one_of_two_requeued_twins_at_a_time
        stores_an_id_once;
    schedules:
        begins_a_schedule_when_it_is_first_asked_for
        stores_the_task_of_a_tick_once;
    cancelling:
        cancels_what_waits_at_once
        lets_the_first_end_win
        does_not_retry_what_is_to_be_cancelled
        does_not_recover_what_is_to_be_cancelled;
    listing:
        lists_by_state_and_name_the_latest_first
        lists_the_dead_by_reason_and_time;
    the_dead:
        selects_the_dead
        lists_the_dead_page_by_page
        looks_at_no_more_than_fits
        requeues_each_once
        counts_anew_what_is_requeued
        keeps_arguments_that_cannot_be_read
        prunes_what_has_ended_and_is_old
        counts_what_there_is
        takes_spans_of_centuries;
}
