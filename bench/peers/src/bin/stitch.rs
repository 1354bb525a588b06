//! makepad-stitch. It has no fuel, and translates each function when it is first called: there is no other way.
use makepad_stitch::{Engine, Func, Linker, Module, Store, Val};
use peers::{Info, Peer};

struct Stitch {
    engine: Engine,
}

impl Peer for Stitch {
    type Module = Module;
    type Instance = (Store, Func);

    fn info(&self) -> Info {
        Info { name: "stitch", fuel: false }
    }
    fn validate(&self, bytes: &[u8]) -> Option<Result<(), String>> {
        Some(self.load(bytes).map(drop))
    }
    fn load(&self, bytes: &[u8]) -> Result<Module, String> {
        Module::new(&self.engine, bytes).map_err(|error| error.to_string())
    }
    fn instantiate(&self, module: &Module, function: &str) -> Result<Self::Instance, String> {
        let mut store = Store::new(self.engine.clone());
        let instance = Linker::new().instantiate(&mut store, module).map_err(|error| error.to_string())?;
        let function = instance.exported_func(function).ok_or_else(|| format!("no function {function}"))?;
        Ok((store, function))
    }
    fn call(&self, (store, function): &mut Self::Instance, argument: i32) -> Result<i64, String> {
        let mut results = [Val::I64(0)];
        function.call(store, &[Val::I32(argument)], &mut results).map_err(|error| error.to_string())?;
        match results[0] {
            Val::I64(result) => Ok(result),
            _ => Err("the result is no i64".into()),
        }
    }
}

fn main() -> std::process::ExitCode {
    peers::main(|_| Stitch { engine: Engine::new() })
}
