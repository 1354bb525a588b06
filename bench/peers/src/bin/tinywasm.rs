//! tinywasm, without its fuel. Everything is validated and translated when a module is loaded.
use peers::{Info, Peer};
use tinywasm::engine::{Config, StackConfig};
use tinywasm::{Engine, FunctionTyped, Module, ModuleInstance, Store};

struct Tinywasm {
    engine: Engine,
}

impl Peer for Tinywasm {
    type Module = Module;
    type Instance = (Store, FunctionTyped<i32, i64>);

    fn info(&self) -> Info {
        Info { name: "tinywasm", fuel: false }
    }
    fn validate(&self, _: &[u8]) -> Option<Result<(), String>> {
        None
    }
    fn load(&self, bytes: &[u8]) -> Result<Module, String> {
        tinywasm::parse_bytes(bytes).map_err(|error| error.to_string())
    }
    fn instantiate(&self, module: &Module, function: &str) -> Result<Self::Instance, String> {
        let mut store = Store::new(self.engine.clone());
        let instance = ModuleInstance::instantiate(&mut store, module, None).map_err(|error| error.to_string())?;
        let function = instance.func::<i32, i64>(&store, function).map_err(|error| error.to_string())?;
        Ok((store, function))
    }
    fn call(&self, (store, function): &mut Self::Instance, argument: i32) -> Result<i64, String> {
        function.call(store, argument).map_err(|error| error.to_string())
    }
}

fn main() -> std::process::ExitCode {
    // Growing stacks: the fixed ones of the default would be cleared for each instance.
    let config = Config::new()
        .with_value_stack(StackConfig::dynamic(1024, 64 * 1024))
        .with_call_stack(StackConfig::dynamic(64, 4096));
    peers::main(|_| Tinywasm { engine: Engine::new(config) })
}
