//! Putting the folder together.

use crate::Result;
use crate::manifest::{File, Manifest};
use crate::options::Options;
use crate::{compress, glue, split, style};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The chunk of administration, which is of no use without the server: devices do not take it along.
const WITH_SERVER: &str = "pkg/split_admin.";

/// Hex digits of the digest that go into a file name.
const NAME_DIGITS: usize = 12;

/// Builds the folder beside its place and moves it there when it is whole, so that a server or a failed
/// run never leaves half a folder behind. Does nothing when no input changed since the last time.
///
/// # Errors
/// Whatever one of the stages reports.
pub fn build(options: &Options) -> Result<()> {
    let stamp_file = options.out.with_extension("stamp");
    let stamp = stamp(options)?;
    if options.out.join("manifest.json").is_file()
        && fs::read_to_string(&stamp_file).ok().as_deref() == Some(stamp.as_str())
    {
        println!("    web assets are up to date");
        return Ok(());
    }

    let fresh = options.out.with_extension("new");
    let work = options.out.with_extension("work");
    for folder in [&fresh, &work] {
        remove(folder)?;
        fs::create_dir_all(folder)?;
    }
    let site = Site {
        root: fresh.clone(),
        quality: options.quality,
        files: Vec::new(),
    };
    let manifest = fill(site, options, &work)?;
    fs::write(fresh.join("manifest.json"), serde_json::to_vec_pretty(&manifest)?)?;

    remove(&options.out)?;
    fs::rename(&fresh, &options.out)?;
    remove(&work)?;
    fs::write(&stamp_file, stamp)?;
    Ok(())
}

/// Runs every stage and collects the manifest.
fn fill(mut site: Site, options: &Options, work: &Path) -> Result<Manifest> {
    let parts = timed("split", || split::split(&options.wasm, work))?;
    timed("wasm-bindgen", || glue::bindgen(&parts.core, work))?;
    let core = work.join(format!("{}_bg.wasm", glue::NAME));
    if let Some(script) = &options.wasm_opt {
        timed("wasm-opt", || {
            let chunks = parts.files.iter().flat_map(|it| &it.modules);
            let mut modules = chunks.chain([&core]);
            modules.try_for_each(|it| glue::optimise(it, script))
        })?;
    }

    let sheet = timed("stylesheets", || style::bundle(&options.style))?;
    let started = Instant::now();
    let css = site.add_hashed("pkg/main", "css", sheet.as_bytes())?;
    let wasm = site.add_hashed(&format!("pkg/{}_bg", glue::NAME), "wasm", &fs::read(&core)?)?;

    // The script finds the files beside itself: give it their hashed names before its own hash is taken.
    let mut loader = fs::read_to_string(&parts.loader)?;
    let mut first = Vec::new();
    for chunks in &parts.files {
        let modules: Vec<Vec<u8>> = chunks
            .modules
            .iter()
            .map(fs::read)
            .collect::<std::io::Result<_>>()?;
        let sizes: Vec<usize> = modules.iter().map(Vec::len).collect();
        let extension = if sizes.len() == 1 { "wasm" } else { "bin" };
        let url = site.add_hashed(&format!("pkg/{}", chunks.name), extension, &modules.concat())?;
        let name = file_name(Path::new(&url));
        loader = split::place(&loader, chunks, &name, &sizes)?;
        if chunks.first {
            first.push(format!("./{name}"));
        }
    }
    let glue = fs::read_to_string(work.join(format!("{}.js", glue::NAME)))?;
    let script = split::join(&glue, &loader, &first)?;
    let script = script.replace(&file_name(&core), &file_name(Path::new(&wasm)));
    let js = site.add_hashed(&format!("pkg/{}", glue::NAME), "js", script.as_bytes())?;

    // Snippets are named by the crate's own hash and imported by relative path.
    site.add_folder(&work.join("snippets"), "pkg/snippets")?;
    site.add_folder(&options.public, "")?;
    println!("    compress: {:.1} s", started.elapsed().as_secs_f32());

    site.files.sort_by(|a, b| a.url.cmp(&b.url));
    Ok(Manifest {
        js,
        wasm,
        css,
        files: site.files,
    })
}

/// The folder being filled.
struct Site {
    root: PathBuf,
    quality: u32,
    files: Vec<File>,
}

impl Site {
    /// Adds a file whose name carries its content's hash; answers its address.
    fn add_hashed(&mut self, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
        let digest = hex(bytes);
        let short = digest.get(..NAME_DIGITS).unwrap_or(&digest);
        self.add(&format!("{stem}.{short}.{extension}"), bytes, true)
    }

    /// Adds every file below `folder`, which may be absent, under `prefix`.
    fn add_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for path in files_below(folder)? {
            let inside = path.strip_prefix(folder)?.to_string_lossy().into_owned();
            let name = if prefix.is_empty() {
                inside
            } else {
                format!("{prefix}/{inside}")
            };
            self.add(&name, &fs::read(&path)?, !prefix.is_empty())?;
        }
        Ok(())
    }

    fn add(&mut self, name: &str, bytes: &[u8], hashed: bool) -> Result<String> {
        let path = self.root.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, bytes)?;
        let encoded = compress::encode(&path, bytes, self.quality)?;
        if let Some(twins) = &encoded {
            fs::write(self.root.join(format!("{name}.gz")), &twins.gzip)?;
            fs::write(self.root.join(format!("{name}.br")), &twins.brotli)?;
        }
        let url = format!("/{name}");
        self.files.push(File {
            url: url.clone(),
            sha256: hex(bytes),
            hashed,
            offline: !name.starts_with(WITH_SERVER),
            bytes: bytes.len(),
            gzip: encoded.as_ref().map(|it| it.gzip.len()),
            brotli: encoded.as_ref().map(|it| it.brotli.len()),
        });
        Ok(url)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// A digest over every input, so that an unchanged bundle costs nothing.
fn stamp(options: &Options) -> Result<String> {
    let mut digest = Sha256::new();
    let tool = std::env::current_exe().and_then(fs::read).unwrap_or_default();
    digest.update(hex(&tool));
    digest.update(format!("{:?} {}", options.wasm_opt, options.quality));
    let style = options.style.parent().unwrap_or(Path::new("."));
    let mut inputs = vec![options.wasm.clone()];
    inputs.extend(files_below(style)?);
    inputs.extend(files_below(&options.public)?);
    for path in inputs {
        let bytes = fs::read(&path).map_err(|it| format!("cannot read {}: {it}", path.display()))?;
        digest.update(path.to_string_lossy().as_bytes());
        digest.update(hex(&bytes));
    }
    Ok(format!("{:x}", digest.finalize()))
}

/// Every file below `folder`, sorted; none when it does not exist. Dot files are left out.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .file_name()
            .is_some_and(|it| it.to_string_lossy().starts_with('.'))
        {
            continue;
        }
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|it| format!("cannot remove {}: {it}", folder.display()))?;
    }
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let result = work()?;
    println!("    {what}: {:.1} s", started.elapsed().as_secs_f32());
    Ok(result)
}
