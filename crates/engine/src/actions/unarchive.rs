//! `unarchive`: unpacks an archive of the controller or the host.

use super::{Action, ActionContext, Call, Step};
use crate::{error::TaskError, task::Content};

/// `unarchive`: an archive of the controller travels with the call.
pub(super) struct Unarchive;

impl Action for Unarchive {
    fn name(&self) -> &'static str {
        "unarchive"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        let (Some(src), Some(_)) = (context.text("src"), context.text("dest")) else {
            return Err(TaskError::refused("src (or content) and dest are required"));
        };
        let mut args = context.args.clone();
        // `copy: no` is the older name of `remote_src: yes`.
        let remote = context.bool("remote_src", false)? || !context.bool("copy", true)?;
        args.remove("copy");
        args.insert("remote_src", remote.into());
        if remote {
            return Ok(Step::Call(Call::new("unarchive", args)));
        }
        let path = context.find("files", &src)?;
        args.insert("_content", "archive".into());
        let mut call = Call::new("unarchive", args);
        let content = Content::file(context.engine, path, context.bool("decrypt", true)?)?;
        call.content.push(("archive".into(), content));
        Ok(Step::Call(call))
    }
}
