#![allow(clippy::all, clippy::pedantic, warnings)]
use twelvelint::*;
#[test]
fn debug() {
    let root = std::env::var("DBG").unwrap();
    let want = std::env::var("WANT").unwrap();
    let vfs = vfs::OsFs::new(std::path::PathBuf::from(&root), 2);
    let config = config::Config::default();
    let request = engine::Request { vfs: &vfs, starts: vec![String::new()], config: &config, exclude: globset::GlobSet::empty(), tracked: None, jobs: 2 };
    let a = engine::analyse(&request).unwrap_or_else(|e| panic!("{}", e.message));
    let w = &a.world;
    for (i, s) in w.services.iter().enumerate() { let v = world::View { world: w, subject: world::Subject::Service(world::ServiceId(i)) }; for e in v.events(knowledge::Concept::SchemaMigration) { println!("EV {} {} {:?} {:?}", s.name, e.file.path, v.reach(e), e.call().map(|c| (&c.conditions, &c.arms))); } println!("BM {} {:?}", s.name, v.boot_migrations()); }
    for s in &w.services {
        for (f, step) in &s.reached {
            let fun = w.code.function(*f).unwrap();
            let file = &w.code.files[f.file];
            if want.split(',').any(|x| fun.name.value == x) {
                let c = world::reach::chain(&s.reached, *f);
                println!("{} {:?} {} {}::{} serving={} via {:?}", s.name, s.kind, file.path, fun.container, fun.name.value, s.serving.contains_key(f),
                  c.iter().map(|(g, call)| { let c = w.code.call(g.file, *call).unwrap(); format!("{}@{} arms{:?} cond{:?}", w.code.function(*g).unwrap().name.value, c.callee, c.arms, c.conditions) }).collect::<Vec<_>>());
            }
        }
    }
    for file in &w.code.files { for (i, fun) in file.facts.functions.iter().enumerate() { if want.split(',').any(|x| fun.name.value == x) {
        println!("FN {} {}::{} test={} module={} trait={:?}", file.path, fun.container, fun.name.value, file.test, file.module, fun.of_trait);
        for (at, call) in w.code.calls_of(world::FunctionRef { file: w.code.files.iter().position(|g| g.path == file.path).unwrap(), function: i as u32 }) { println!("   called {} {}", w.code.files[at].path, w.code.call(at, call).unwrap().callee); }
    } } }
}
