//! The same where no prelude may be: what is named from the root has no attributes of its own.
#![no_implicit_prelude]

#[::persevere::retry(on = _)]
fn returned(body: ::std::string::String) -> ::std::result::Result<::std::string::String, ()> {
    ::std::result::Result::Ok(body)
}

struct Parts(u8);

impl Parts {
    fn assemble(self) -> u8 {
        self.0
    }
}

#[::persevere::retry(on = _)]
fn of_another(parts: Parts, names: ::std::vec::Vec<u8>) -> ::std::result::Result<u8, ()> {
    ::std::assert!(names.len() > 1);
    ::std::result::Result::Ok(parts.assemble())
}

fn main() {}
