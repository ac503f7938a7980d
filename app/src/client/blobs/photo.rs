//! A file from the camera as it is kept: small enough to travel, named by its content.

use domain::BlobId;
use domain::wire::blob::MAX_PHOTO;
use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap};

/// Longest side of a photo, in pixels: enough to read a label.
const LONGEST_SIDE: f64 = 2_000.0;
const QUALITY: f64 = 0.85;

/// A photo or file that is ready to be kept.
pub struct Photo {
    /// Its name.
    pub id: BlobId,
    /// Its bytes.
    pub content: Blob,
}

/// Makes a picture smaller where that is possible, and names it.
///
/// # Errors
/// A sentence for people.
pub async fn prepare(file: Blob) -> Result<Photo, String> {
    if file.size() == 0.0 {
        return Err("This file is empty.".into());
    }
    // What the browser cannot draw (HEIC in some, PDF) goes as it is.
    let content = shrink(&file).await.unwrap_or(file);
    #[expect(clippy::cast_precision_loss, reason = "20 MiB fit a double")]
    if content.size() > MAX_PHOTO as f64 {
        return Err("This file is larger than 20 MB; take a smaller one.".into());
    }
    let id = name(&content)
        .await
        .map_err(|_| "The browser could not read the file; choose it again.".to_owned())?;
    Ok(Photo { id, content })
}

/// The picture as JPEG, at most [`LONGEST_SIDE`] long.
async fn shrink(file: &Blob) -> Result<Blob, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let drawn = JsFuture::from(window.create_image_bitmap_with_blob(file)?).await?;
    let picture: ImageBitmap = drawn.dyn_into()?;
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let scale = (LONGEST_SIDE / width.max(height)).min(1.0);
    let (width, height) = ((width * scale).round(), (height * scale).round());
    let document = window.document().ok_or(JsValue::NULL)?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and LONGEST_SIDE"
    )]
    {
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
    }
    let brush: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.dyn_into()?;
    brush.draw_image_with_image_bitmap_and_dw_and_dh(&picture, 0.0, 0.0, width, height)?;
    picture.close();
    let mut outcome = Ok(());
    let made = Promise::new(&mut |done, _| {
        let take = Closure::once_into_js(move |blob: JsValue| {
            let _ = done.call1(&JsValue::NULL, &blob);
        });
        let quality = JsValue::from_f64(QUALITY);
        outcome = canvas.to_blob_with_type_and_encoder_options(take.unchecked_ref(), "image/jpeg", &quality);
    });
    outcome?;
    JsFuture::from(made).await?.dyn_into()
}

async fn name(content: &Blob) -> Result<BlobId, JsValue> {
    let bytes: ArrayBuffer = JsFuture::from(content.array_buffer()).await?.dyn_into()?;
    let crypto = web_sys::window().ok_or(JsValue::NULL)?.crypto()?;
    let digest = crypto
        .subtle()
        .digest_with_str_and_buffer_source("SHA-256", &bytes)?;
    let digest = Uint8Array::new(&JsFuture::from(digest).await?).to_vec();
    digest.try_into().map(BlobId).map_err(|_| JsValue::NULL)
}
