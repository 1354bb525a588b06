//! wasmi, with fuel or without. Everything is validated and translated when a module is loaded.
use peers::{Info, Peer};
use wasmi::{CompilationMode, Config, Engine, Instance, Linker, Module, Store, TypedFunc};

struct Wasmi {
    fuel: bool,
    engine: Engine,
}

impl Peer for Wasmi {
    type Module = Module;
    type Instance = (Store<()>, TypedFunc<i32, i64>);

    fn info(&self) -> Info {
        Info { name: if self.fuel { "wasmi-fuel" } else { "wasmi" }, fuel: self.fuel }
    }
    fn validate(&self, bytes: &[u8]) -> Option<Result<(), String>> {
        Some(Module::validate(&self.engine, bytes).map_err(|error| error.to_string()))
    }
    fn load(&self, bytes: &[u8]) -> Result<Module, String> {
        Module::new(&self.engine, bytes).map_err(|error| error.to_string())
    }
    fn instantiate(&self, module: &Module, function: &str) -> Result<Self::Instance, String> {
        let mut store = Store::new(&self.engine, ());
        if self.fuel {
            store.set_fuel(u64::MAX).map_err(|error| error.to_string())?;
        }
        let instance: Instance = Linker::new(&self.engine)
            .instantiate_and_start(&mut store, module)
            .map_err(|error| error.to_string())?;
        let function = instance.get_typed_func(&store, function).map_err(|error| error.to_string())?;
        Ok((store, function))
    }
    fn call(&self, (store, function): &mut Self::Instance, argument: i32) -> Result<i64, String> {
        function.call(store, argument).map_err(|error| error.to_string())
    }
}

fn main() -> std::process::ExitCode {
    peers::main(|fuel| {
        let mut config = Config::default();
        config.consume_fuel(fuel).compilation_mode(CompilationMode::Eager);
        Wasmi { fuel, engine: Engine::new(&config) }
    })
}
