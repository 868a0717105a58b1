//! Of which crate an error is, where its path says so.

use syn::{GenericArgument, PathArguments, Type};

use super::returned;

/// What the runtime calls the crate of the error that `ty` is or stands for, if a feature knows its errors.
pub(crate) fn crate_of(ty: &Type) -> Option<&'static str> {
    let Type::Path(path) = ty else { return None };
    let path = &path.path;
    let last = path.segments.last()?;
    if ["Box", "Arc", "Rc"].iter().any(|it| last.ident == it) && holds_object(&last.arguments) {
        return Some("boxed");
    }
    match last.ident.to_string().as_str() {
        "SdkError" => return Some("aws_smithy"),
        "RedisError" | "RedisResult" => return Some("redis"),
        _ => {}
    }
    let (first, last) = match path.segments.first() {
        Some(first) if path.segments.len() > 1 => (first.ident.to_string(), last.ident.to_string()),
        _ => return None,
    };
    Some(match (first.as_str(), last.as_str()) {
        ("anyhow", "Error" | "Result") => "anyhow",
        ("eyre" | "color_eyre", "Report" | "Result") => "eyre",
        ("http", "StatusCode") => "http",
        ("object_store", "Error" | "Result") => "object_store",
        ("reqwest", "Error" | "Result") => "reqwest",
        ("reqwest_middleware", "Error" | "Result") => "reqwest_middleware",
        ("sqlx", "Error" | "Result") => "sqlx",
        ("tonic", "Error") if path.segments.iter().any(|it| it.ident == "transport") => {
            "tonic_transport"
        }
        ("tonic", "Status" | "Code" | "Result") => "tonic",
        _ => return None,
    })
}

/// `name`, and the crate of the error that a function returns which returns `output`: `classified_reqwest`.
pub(crate) fn for_error_of(output: &Type, name: &str) -> String {
    for_error(returned::error_of(output), name)
}

/// `name`, and the crate of the error `ty`.
pub(crate) fn for_error(ty: &Type, name: &str) -> String {
    crate_of(ty).map_or_else(|| name.to_owned(), |krate| format!("{name}_{krate}"))
}

/// Whether the arguments are a trait object.
fn holds_object(arguments: &PathArguments) -> bool {
    let PathArguments::AngleBracketed(arguments) = arguments else { return false };
    matches!(arguments.args.first(), Some(GenericArgument::Type(Type::TraitObject(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_is_read_from_the_path() {
        for (output, expected) in [
            ("Result<u8, reqwest::Error>", "classified_reqwest"),
            ("reqwest::Result<u8>", "classified_reqwest"),
            ("::sqlx::Result<u8>", "classified_sqlx"),
            ("redis::RedisResult<u8>", "classified_redis"),
            ("RedisResult<u8>", "classified_redis"),
            ("Result<tonic::Response<u8>, tonic::Status>", "classified_tonic"),
            ("Result<u8, tonic::transport::Error>", "classified_tonic_transport"),
            ("anyhow::Result<u8>", "classified_anyhow"),
            ("color_eyre::Result<u8>", "classified_eyre"),
            ("Result<u8, SdkError<GetObjectError>>", "classified_aws_smithy"),
            ("Result<u8, aws_sdk_s3::Error>", "classified"),
            ("Result<u8, Box<dyn std::error::Error + Send>>", "classified_boxed"),
            ("Result<reqwest::Response, Mine>", "classified"),
            ("Result<u8, reqwest::header::ToStrError>", "classified"),
            ("Result<u8, http::OwnError>", "classified"),
            ("io::Result<u8>", "classified"),
            ("Result<u8>", "classified"),
            ("Result<u8, Box<Mine>>", "classified"),
        ] {
            let ty: Type = syn::parse_str(output).expect("it is a type");
            assert_eq!(for_error_of(&ty, "classified"), expected, "{output}");
        }
    }
}
