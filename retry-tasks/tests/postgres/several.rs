//! Several processes on one server.

use persevere_tasks::Queue;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgPoolOptions;
use tempfile::tempdir;

use crate::processes::kill_workers;
use crate::services::postgres::Postgres;

#[tokio::test]
async fn killed_workers_and_restarts_of_the_server_lose_nothing_and_end_nothing_twice() {
    let folder = tempdir().expect("a temporary folder");
    let mut postgres = Postgres::start(&[]);
    let pool = PgPoolOptions::new().connect_lazy_with(postgres.options());
    let queue = Queue::postgres(&pool).await.expect("a server");
    let place = postgres.options().to_url_lossy().to_string();
    let mut kills = 0;
    let restart = || {
        kills += 1;
        if kills % 3 == 1 {
            postgres.stop();
            postgres.start_again();
        }
    };
    kill_workers(&queue, &place, &folder.path().join("log"), restart).await;
}
