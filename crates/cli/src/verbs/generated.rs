//! What is generated from the definition of the command line.

use crate::Finish;
use crate::arguments::Arguments;
use anyhow::Context;
use clap::CommandFactory;
use std::path::Path;

/// Shell completions on standard output.
pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<Finish> {
    clap_complete::generate(shell, &mut Arguments::command(), "tracehound", &mut std::io::stdout());
    Ok(Finish::Done)
}

/// The manual page on standard output, or a page a verb in a folder.
pub(crate) fn man(out: Option<&Path>) -> anyhow::Result<Finish> {
    let command = Arguments::command();
    match out {
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            clap_mangen::generate_to(command, folder)
                .with_context(|| format!("cannot write to {}", folder.display()))?;
        }
        None => clap_mangen::Man::new(command).render(&mut std::io::stdout())?,
    }
    Ok(Finish::Done)
}
