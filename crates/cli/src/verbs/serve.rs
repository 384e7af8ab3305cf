//! `tracehound serve`: the HTTP service.

mod cases;

use crate::arguments::{Common, Serve, SurfaceArgument};
use crate::{Finish, output, place};
use cases::CommandLineCases;
use serde::Serialize;
use std::sync::Arc;
use tracehound_server::{EXAMPLE, Server, ServerConfig};

#[derive(Serialize)]
struct Begun {
    listening: String,
    docs: String,
}

/// Serves until told to end.
pub(crate) fn run(common: &Common, arguments: &Serve) -> anyhow::Result<Finish> {
    if arguments.print_config {
        print!("{EXAMPLE}");
        return Ok(Finish::Done);
    }
    let config = config(arguments)?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let home = place::home(common)?;
    let cases = CommandLineCases::new(&home);
    let server = Server::new(&home, config, Some(Arc::new(cases)))?;
    if arguments.print_openapi {
        println!("{}", server.openapi());
        return Ok(Finish::Done);
    }
    let json = common.json;
    server.run(Box::new(std::io::stderr()), move |address| {
        let listening = format!("{scheme}://{address}");
        let docs = format!("{listening}/docs");
        if json {
            // Whoever reads it may have gone; the service goes on.
            let _ = output::json(&Begun { listening, docs });
        } else {
            println!("listening on {listening}; its routes are described at {docs}");
        }
    })?;
    Ok(Finish::Done)
}

fn config(arguments: &Serve) -> anyhow::Result<ServerConfig> {
    let mut config = match &arguments.config {
        Some(file) => ServerConfig::read(file)?,
        None => ServerConfig::default(),
    };
    if let Some(listen) = arguments.listen {
        config.listen = listen;
    }
    for surface in &arguments.surface {
        let asked = match surface {
            SurfaceArgument::Graphsense => &mut config.surfaces.graphsense,
            SurfaceArgument::Chainalysis => &mut config.surfaces.chainalysis,
            SurfaceArgument::Yente => &mut config.surfaces.yente,
            SurfaceArgument::Watchman => &mut config.surfaces.watchman,
        };
        *asked = true;
    }
    Ok(config)
}
