//! What is assigned to, in Jinja's words for what cannot be.

use super::{
    SyntaxFault,
    token::{Kind, Token},
};

/// What a target is, in the words of messages.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Name,
    Constant,
    List,
    Dict,
    Tuple,
}

/// How many of the tokens are the target of a `for`, `set` or `with`: a name, several, or (`attributes`) an
/// attribute of a namespace. `end` and `at` are the name and place of the tag's end.
pub(super) fn target(
    tokens: &[Token<'_>],
    attributes: bool,
    end: &str,
    at: usize,
) -> Result<usize, SyntaxFault> {
    let (mut used, mut shape) = (0, Shape::Tuple);
    let mut assignable = true;
    let mut count = 0;
    while let Some(token) = tokens.get(used) {
        let (len, part) = primary(&tokens[used..], token, attributes)?;
        assignable &= matches!(part, Shape::Name | Shape::Tuple);
        shape = if count == 0 { part } else { Shape::Tuple };
        count += 1;
        used += len;
        if !tokens.get(used).is_some_and(|token| token.is_op(",")) {
            break;
        }
        shape = Shape::Tuple;
        used += 1;
    }
    if count == 0 {
        return Err(SyntaxFault::new(format!("Expected an expression, got '{end}'"), at));
    }
    if assignable {
        return Ok(used);
    }
    let kind = match shape {
        Shape::Name => "name",
        Shape::Constant => "const",
        Shape::List => "list",
        Shape::Dict => "dict",
        Shape::Tuple => "tuple",
    };
    Err(SyntaxFault::new(format!("can't assign to '{kind}'"), tokens[0].at))
}

/// The length and the shape of one part of a target.
fn primary(tokens: &[Token<'_>], first: &Token<'_>, attributes: bool) -> Result<(usize, Shape), SyntaxFault> {
    if attributes && tokens.get(1).is_some_and(|token| token.is_op(".")) {
        return Ok((tokens.len().min(3), Shape::Name));
    }
    Ok(match first.kind {
        Kind::Name if matches!(first.text, "true" | "True" | "false" | "False" | "none" | "None") => {
            (1, Shape::Constant)
        }
        Kind::Name => (1, Shape::Name),
        Kind::Text(_) | Kind::Integer(_) | Kind::Float(_) => (1, Shape::Constant),
        Kind::Op => match first.text {
            "(" => (group(tokens), Shape::Tuple),
            "[" => (group(tokens), Shape::List),
            "{" => (group(tokens), Shape::Dict),
            other => return Err(SyntaxFault::new(format!("unexpected '{other}'"), first.at)),
        },
    })
}

/// The number of tokens from an opening bracket to its partner.
pub(super) fn group(tokens: &[Token<'_>]) -> usize {
    partner(tokens).map_or(tokens.len(), |at| at + 1)
}

/// Where the partner of the opening bracket is that the tokens begin with.
pub(super) fn partner(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        if matches!(token.kind, Kind::Op) {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}
