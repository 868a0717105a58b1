//! A place that one process names to another: a file's path, or a server's address.

use persevere_tasks::Queue;

/// The queue in that place.
pub(crate) async fn open(place: &str) -> Queue {
    #[cfg(feature = "postgres")]
    if place.starts_with("postgres:") {
        let pool = sqlx::PgPool::connect_lazy(place).expect("an address");
        return Queue::postgres(&pool).await.expect("a server");
    }
    #[cfg(feature = "sqlite")]
    return Queue::sqlite(place).await.expect("a file that can be opened");
    #[cfg(not(feature = "sqlite"))]
    panic!("{place} is a file");
}
