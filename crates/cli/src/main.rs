//! The one binary: parse, pick a verb, turn its result into an exit code.
//!
//! Exit codes are an API: 0 finished, 1 finished and something adverse found,
//! 2 could not finish. Data go to standard output, everything else to
//! standard error.
#![allow(clippy::print_stdout, clippy::print_stderr)] // the one crate that talks to a terminal
#![allow(rustdoc::invalid_html_tags)] // the comments of arguments are help text first

mod arguments;
mod interrupt;
mod output;
mod place;
mod progress;
mod verbs;

use arguments::{
    Arguments, AuditVerb, BridgeVerb, CaseVerb, ClusterVerb, CoinjoinVerb, ListsVerb, MixerVerb,
    StoreVerb, TagVerb, Verb,
};
use clap::Parser;
use std::process::ExitCode;

/// How a verb ended, when it ended by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Finish {
    /// Nothing adverse.
    Done,
    /// The work is done and something adverse was found.
    Adverse,
}

/// `println!` panics where the reader has gone, as `head` does; that is no
/// fault of the program, and nobody is left to read of it.
fn end_quietly_on_broken_pipe() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|text| text.starts_with("failed printing to stdout: Broken pipe")) {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

fn main() -> ExitCode {
    end_quietly_on_broken_pipe();
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(Finish::Done) => ExitCode::SUCCESS,
        Ok(Finish::Adverse) => ExitCode::from(1),
        // Whoever reads the output went away; there is nobody left to tell.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Finish> {
    let common = &arguments.common;
    match &arguments.verb {
        Verb::Trace(trace) => verbs::trace::run(common, trace),
        Verb::Ingest(ingest) => verbs::ingest::run(common, ingest),
        Verb::Address(address) => verbs::address::run(common, address),
        Verb::Tx(tx) => verbs::tx::run(common, tx),
        Verb::Output(query) => {
            let (_, snapshot) = place::open_outputs(common, &query.store, None)?;
            verbs::utxo::output::run(&snapshot, query.output, common.json)
        }
        Verb::Coinjoin(CoinjoinVerb::Detect(detect)) => verbs::utxo::coinjoin::run(common, detect),
        Verb::Cluster(ClusterVerb::Build(build)) => verbs::utxo::cluster::build(common, build),
        Verb::Cluster(ClusterVerb::Change(change)) => {
            verbs::utxo::cluster::evidence(common, change)
        }
        Verb::Cluster(ClusterVerb::Merge(merge)) => verbs::utxo::cluster::merge(common, merge),
        Verb::Cluster(ClusterVerb::Payments(payments)) => {
            verbs::utxo::cluster::payments(common, payments)
        }
        Verb::Cluster(ClusterVerb::Show(show)) => verbs::utxo::cluster::show(common, show),
        Verb::Cluster(ClusterVerb::Explain(explain)) => {
            verbs::utxo::cluster::explain(common, explain)
        }
        Verb::Mixer(MixerVerb::Links(links)) => verbs::mixer::links(common, links),
        Verb::Mixer(MixerVerb::Anonymity(wanted)) => verbs::mixer::anonymity(common, wanted),
        Verb::Mixer(MixerVerb::Groups(groups)) => verbs::mixer::groups(common, groups),
        Verb::Store(StoreVerb::Info(info)) => verbs::store_info::run(common, info),
        Verb::Store(StoreVerb::Check(check)) => verbs::store_check::run(common, check),
        Verb::Store(StoreVerb::Export(export)) => verbs::store_export::run(common, export),
        Verb::Store(StoreVerb::Drop(drop)) => verbs::store_drop::run(common, drop),
        Verb::Lists(ListsVerb::Import(import)) => verbs::lists::import(common, import),
        Verb::Lists(ListsVerb::Update(update)) => verbs::lists::update(common, update),
        Verb::Lists(ListsVerb::Status) => verbs::lists::status(common),
        Verb::Lists(ListsVerb::Diff(diff)) => verbs::lists::diff(common, diff),
        Verb::Lists(ListsVerb::Addresses(wanted)) => verbs::lists::addresses(common, wanted),
        Verb::Tag(TagVerb::Import(import)) => verbs::tag::import(common, import),
        Verb::Tag(TagVerb::List(list)) => verbs::tag::list(common, list),
        Verb::Tag(TagVerb::Export(export)) => verbs::tag::export(common, export),
        Verb::Tag(TagVerb::Withdraw(withdraw)) => verbs::tag::withdraw(common, withdraw),
        Verb::Deposits(deposits) => verbs::deposits::run(common, deposits),
        Verb::Bridge(BridgeVerb::Match(wanted)) => verbs::bridge::run(common, wanted),
        Verb::Evaluate(evaluate) => verbs::evaluate::run(common, evaluate),
        Verb::Exposure(exposure) => verbs::exposure::run(common, exposure),
        Verb::Serve(serve) => verbs::serve::run(common, serve),
        Verb::Key(verb) => verbs::key::run(common, verb),
        Verb::Backup(backup) => verbs::backup::run(common, backup),
        Verb::Screen(screen) => verbs::screen::run(common, screen),
        Verb::Decide(decide) => verbs::decide::run(common, decide),
        Verb::Replay(replay) => verbs::replay::run(common, replay),
        Verb::Audit(AuditVerb::Verify) => verbs::audit::verify(common),
        Verb::Case(CaseVerb::New(new)) => verbs::case_new::run(common, new),
        Verb::Case(CaseVerb::Check(check)) => verbs::case_check::run(common, check),
        Verb::Completions { shell } => verbs::generated::completions(*shell),
        Verb::Man { out } => verbs::generated::man(out.as_deref()),
    }
}
