// What is written:
//
// #[retry(policy = "conservative", on = _)]
// impl Client {
//     #[retry]
//     fn fetch(&self) -> Result<u32, Error> {
//         self.get()
//     }
//
//     #[retry(max_retries = 9, on = Error::Busy)]
//     fn send(&self) -> Result<u32, Error> {
//         self.post()
//     }
//
//     fn name(&self) -> &str {
//         &self.name
//     }
// }
//
// What it becomes, with `p` for `__persevere`:

impl Client {
    #[retry(policy = "conservative", on = _)]
    fn fetch(&self) -> Result<u32, Error> {
        self.get()
    }
    #[retry(max_retries = 9, on = Error::Busy, policy = "conservative")]
    fn send(&self) -> Result<u32, Error> {
        self.post()
    }
    fn name(&self) -> &str {
        &self.name
    }
}
